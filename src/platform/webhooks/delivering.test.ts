import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { Webhook } from 'standardwebhooks'
import { openWebhookEngine, sharedSecret } from '../../../test/fixtures/webhook-engine.ts'
import { eventually } from '../../../test/harness/eventually.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../../test/harness/webhook-receiver.ts'
import { newId } from '../ids.ts'
import type { EndpointKey } from './endpoint-store.ts'

suite('delivering webhooks', async () => {
  const engine = await openWebhookEngine()
  const receivers: WebhookReceiver[] = []
  after(async () => {
    await engine.close()
    await Promise.all(receivers.map((receiver) => receiver.close()))
  })
  const receiver = async () => {
    const started = await startWebhookReceiver()
    receivers.push(started)
    return started
  }
  const { database, deliveries, make } = engine
  const node = engine.node()
  const logOf = async (key: EndpointKey) =>
    (await deliveries.list(key, { state: undefined, cursor: undefined, limit: 200 })).items.toReversed()
  const stateOf = ({ ownerId, id }: EndpointKey) =>
    database
      .selectFrom('webhook_endpoint')
      .select(['state', 'state_reason', 'failing_since'])
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
  /** All waiting is over at once. */
  const hurry = ({ ownerId }: EndpointKey) =>
    sql`update webhook_delivery set next_attempt_at = now()
      where owner_id = ${ownerId} and state = 'pending' and claim_id is null and next_attempt_at < 'infinity'`.execute(
      database,
    )
  /** Looks until all that was made has come to its end, without waiting for retries. */
  const finish = (key: EndpointKey, using = node) =>
    eventually(async () => {
      await using.look(key.ownerId)
      const log = await logOf(key)
      assert.ok(log.length > 0 && log.every(({ state }) => state !== 'pending'))
      return log
    })
  /** Looks until the first attempt of the one delivery is written down. */
  const tried = (key: EndpointKey, using = node) =>
    eventually(async () => {
      await using.look(key.ownerId)
      const [{ id } = { id: '' }] = await logOf(key)
      const delivery = await deliveries.view(key.ownerId, id)
      assert.ok(delivery.attempt_log.length > 0)
      return delivery
    })
  const numbersOf = ({ received }: WebhookReceiver, thing: string) =>
    received.filter(({ data }) => data.thing === thing).map(({ data }) => data.n)

  test('an event comes as Standard Webhooks has it, signed with the secret of the deployment', async () => {
    const hook = await receiver()
    hook.answer = () => ({ status: 200, body: 'thank you' })
    const key = await engine.endpoint(hook.url)
    await make(key.ownerId, ['apple', 1])
    const [delivery] = await finish(key)
    const [got] = hook.received
    assert.ok(got && delivery)
    assert.equal(got.id, delivery.id)
    assert.equal(got.headers['content-type'], 'application/json')
    const payload = new Webhook(sharedSecret).verify(got.body, got.headers) as object
    assert.deepEqual(
      { ...payload, timestamp: '' },
      { type: 'test.thing_made', timestamp: '', data: { thing: 'apple', n: 1 } },
    )
    const seen = await deliveries.view(key.ownerId, delivery.id)
    const [attempt] = seen.attempt_log
    assert.equal(seen.body, got.body)
    assert.equal(attempt?.answer, 'thank you')
    assert.equal(attempt?.status, 200)
    assert.equal(attempt?.request.headers['webhook-id'], got.id)
    assert.ok((attempt?.duration_ms ?? -1) >= (attempt?.answered_ms ?? 0))
  })

  test('types, filters and addresses choose; a full payload has what the event is about', async () => {
    const hook = await receiver()
    const options = { eventTypes: ['test.thing_made'], filter: { thing: ['apple'] }, payload: 'full' as const }
    const key = await engine.endpoint(hook.url, options)
    await make(key.ownerId, ['pear', 1], ['apple', 2])
    await engine.append(
      key.ownerId,
      { type: 'test.thing_lost', data: { thing: 'apple' } },
      { type: 'other.thing_made', data: { thing: 'apple' } },
      { type: 'test.thing_called', data: { webhook_id: key.id, thing: 'pear' } },
      { type: 'test.thing_called', data: { webhook_id: key.ownerId, thing: 'apple' } },
    )
    await finish(key)
    assert.deepEqual(
      hook.received.map(({ data }) => data).sort((one, other) => (one.n ?? 9) - (other.n ?? 9)),
      [
        { thing: 'apple', n: 2, looked_up: 'the apple' },
        { webhook_id: key.id, thing: 'pear', looked_up: 'the pear' },
      ],
    )
  })

  test('what is about one thing comes in order past failures, and does not hold up other things', async () => {
    const hook = await receiver()
    const key = await engine.endpoint(hook.url)
    let refusals = 2
    hook.answer = ({ data }) => (data.thing === 'a' && data.n === 1 && refusals-- > 0 ? { status: 500 } : {})
    await make(key.ownerId, ['a', 1], ['a', 2], ['b', 3], ['a', 4], ['b', 5])
    await eventually(async () => {
      await node.look(key.ownerId)
      assert.deepEqual([numbersOf(hook, 'a'), numbersOf(hook, 'b')], [[1], [3, 5]])
    })
    await eventually(async () => {
      await hurry(key)
      await node.look(key.ownerId)
      assert.deepEqual(numbersOf(hook, 'a'), [1, 1, 1, 2, 4])
    })
    const ids = hook.received.filter(({ data }) => data.n === 1).map(({ id }) => id)
    assert.equal(new Set(ids).size, 1, 'every attempt has the same webhook-id')
    assert.equal((await stateOf(key)).failing_since, null)
  })

  test('a receiver that is down is tried again after seconds, then minutes', async () => {
    const hook = await receiver()
    const key = await engine.endpoint(hook.url)
    await hook.close()
    await make(key.ownerId, ['a', 1])
    const first = await tried(key)
    assert.equal(first.last_error, 'unreachable')
    const inSeconds = (at: string | null) => (Date.parse(at ?? '') - Date.now()) / 1000
    assert.ok(inSeconds(first.next_attempt_at) > 0 && inSeconds(first.next_attempt_at) < 5.6)
    await hurry(key)
    const second = await eventually(async () => {
      await node.look(key.ownerId)
      const delivery = await deliveries.view(key.ownerId, first.id)
      assert.equal(delivery.attempt_log.length, 2)
      return delivery
    })
    assert.ok(inSeconds(second.next_attempt_at) > 260 && inSeconds(second.next_attempt_at) < 335)
  })

  test('an answer just in time counts, however long its body; one too late does not', async () => {
    const [timely, late] = [await receiver(), await receiver()]
    timely.answer = () => ({ status: 200, delayMs: 600, isEndless: true })
    late.answer = () => ({ status: 200, delayMs: 60_000 })
    const impatient = engine.node({ timeoutMs: 3_000 })
    const [one, other] = [await engine.endpoint(timely.url), await engine.endpoint(late.url)]
    await make(one.ownerId, ['a', 1])
    await make(other.ownerId, ['a', 1])
    const [taken, missed] = await Promise.all([tried(one, impatient), tried(other, impatient)])
    assert.deepEqual([taken.state, taken.attempt_log[0]?.answer], ['delivered', 'and on, '])
    assert.deepEqual([missed.state, missed.last_error], ['pending', 'timeout'])
  })

  test('one slow endpoint holds up nobody, and has four requests at once at most', async () => {
    const [slow, quick] = [await receiver(), await receiver()]
    slow.answer = () => ({ delayMs: 3_000 })
    const [one, other] = [await engine.endpoint(slow.url), await engine.endpoint(quick.url)]
    const things = Array.from({ length: 30 }, (_, n): [string, number] => [`thing ${n}`, n])
    await make(one.ownerId, ...things)
    await node.look(one.ownerId)
    await make(other.ownerId, ...things)
    await finish(other)
    assert.equal(quick.received.length, 30)
    assert.ok(slow.received.length < 30)
    assert.equal(slow.mostAtOnce, 4)
  })

  test('a redirect into the own network is not followed', async () => {
    const [hook, inside] = [await receiver(), await receiver()]
    hook.answer = () => ({ status: 307, headers: { location: inside.url } })
    const key = await engine.endpoint(hook.url)
    await make(key.ownerId, ['a', 1])
    assert.equal((await tried(key)).last_error, 'redirect')
    assert.deepEqual(inside.received, [])
  })

  test('every attempt connects to the address that was checked for it, whatever a name resolves to', async () => {
    const hook = await receiver()
    // Public when asked first; private ever after, as a rebinding name server answers.
    const answers = ['127.0.0.1', '127.0.0.1', '127.0.0.2']
    const strict = engine.node({
      allow: ['127.0.0.1'],
      resolve: async () => [{ address: answers.length > 1 ? (answers.shift() ?? '') : (answers[0] ?? '') }],
    })
    const key = await engine.endpoint(`http://rebinding.example.test:${hook.port}/hook`)
    hook.answer = () => ({ status: 500 })
    await make(key.ownerId, ['a', 1])
    assert.equal((await tried(key, strict)).last_error, 'status')
    await hurry(key)
    await eventually(async () => {
      await strict.look(key.ownerId)
      const [delivery] = await logOf(key)
      assert.deepEqual([delivery?.attempts, delivery?.last_error], [2, 'host_forbidden'])
    })
    assert.equal(hook.received.length, 1)
  })

  test('private data go to the world over TLS only', async () => {
    const outside = engine.node({ resolve: async () => [{ address: '9.9.9.9' }] })
    const key = await engine.endpoint('http://hooks.example.test/hook')
    await make(key.ownerId, ['a', 1])
    assert.equal((await tried(key, outside)).last_error, 'insecure_url')
  })

  test('410 disables an endpoint, and its owner is told', async () => {
    const hook = await receiver()
    hook.answer = () => ({ status: 410 })
    const key = await engine.endpoint(hook.url)
    await make(key.ownerId, ['a', 1], ['a', 2])
    assert.equal((await tried(key)).attempt_log[0]?.status, 410)
    assert.deepEqual(await stateOf(key).then(({ state, state_reason }) => [state, state_reason]), ['disabled', 'gone'])
    const notice = (await engine.events(key.ownerId)).at(-1)
    assert.equal(notice?.type, 'test.webhook_disabled')
    assert.deepEqual(notice?.data, { webhook_id: key.id, url: hook.url, reason: 'gone' })
    await node.look(key.ownerId)
    assert.deepEqual(
      (await logOf(key)).map(({ state }) => state),
      ['dead', 'pending'],
    )
    assert.equal(hook.received.length, 1)
  })

  test('Retry-After holds all that an endpoint is to get', async () => {
    const hook = await receiver()
    hook.answer = () => ({ status: 503, headers: { 'retry-after': '120' } })
    const key = await engine.endpoint(hook.url)
    await make(key.ownerId, ['a', 1])
    const { next_attempt_at } = await tried(key)
    const seconds = (Date.parse(next_attempt_at ?? '') - Date.now()) / 1000
    assert.ok(seconds > 110 && seconds <= 121, `${seconds}`)
    await make(key.ownerId, ['b', 2])
    await node.look(key.ownerId)
    await node.look(key.ownerId)
    assert.equal(hook.received.length, 1)
  })

  test('three days of failures pause an endpoint with a notice; what was pending comes when it is resumed', async () => {
    const hook = await receiver()
    hook.answer = () => ({ status: 500 })
    const key = await engine.endpoint(hook.url)
    await make(key.ownerId, ['a', 1], ['a', 2])
    await tried(key)
    await sql`update webhook_endpoint set failing_since = failing_since - interval '3 days'
      where owner_id = ${key.ownerId}`.execute(database)
    await eventually(async () => {
      await hurry(key)
      await node.look(key.ownerId)
      assert.equal((await stateOf(key)).state, 'paused')
    })
    assert.equal((await engine.events(key.ownerId)).at(-1)?.type, 'test.webhook_paused')
    const before = hook.received.length
    await hurry(key)
    await node.look(key.ownerId)
    assert.equal(hook.received.length, before)
    hook.answer = () => ({})
    await engine.resume(key)
    await finish(key)
    assert.deepEqual(numbersOf(hook, 'a').slice(before), [1, 2])
  })

  test('after the last of nine attempts an event is a dead letter; sent again it has its old id', async () => {
    const hook = await receiver()
    hook.answer = ({ data }) => (data.n === 1 ? { status: 500 } : {})
    const key = await engine.endpoint(hook.url)
    await make(key.ownerId, ['a', 1])
    await tried(key)
    await sql`update webhook_delivery set failures = 9 where owner_id = ${key.ownerId}`.execute(database)
    await make(key.ownerId, ['a', 2])
    await eventually(async () => {
      await hurry(key)
      await node.look(key.ownerId)
      assert.deepEqual(
        (await logOf(key)).map(({ state }) => state),
        ['dead', 'delivered'],
      )
    })
    const dead = await deliveries.list(key, { state: 'dead', cursor: undefined, limit: 10 })
    hook.answer = () => ({})
    await deliveries.redeliver(key.ownerId, dead.items[0]?.id ?? '', undefined)
    await finish(key)
    const last = hook.received.at(-1)
    assert.deepEqual([last?.id, last?.data.n], [dead.items[0]?.id, 1])
    assert.equal((await deliveries.view(key.ownerId, last?.id ?? '')).attempt_log.length, 3)
  })

  test('a replay of a past time sends what was missed, and again what was delivered unless told not to', async () => {
    const hook = await receiver()
    const key = await engine.endpoint(hook.url)
    await make(key.ownerId, ['a', 1])
    await finish(key)
    await engine.pause(key)
    await make(key.ownerId, ['a', 2], ['b', 3])
    await engine.resume(key)
    await node.look(key.ownerId)
    assert.equal(hook.received.length, 1)
    const range = { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 60_000) }
    const replay = async (isUndeliveredOnly: boolean, count: number) => {
      const { body } = await engine.replays.create(key, 'test', { ...range, isUndeliveredOnly }, undefined)
      await finish(key)
      const seen = await engine.replays.view(key, 'test', body.id)
      assert.deepEqual([seen.state, seen.delivery_count], ['done', count])
    }
    await replay(true, 2)
    assert.deepEqual([numbersOf(hook, 'a'), numbersOf(hook, 'b')], [[1, 2], [3]])
    await replay(false, 3)
    assert.deepEqual(
      [numbersOf(hook, 'a'), numbersOf(hook, 'b')],
      [
        [1, 2, 1, 2],
        [3, 3],
      ],
    )
    assert.equal(new Set(hook.received.map(({ id }) => id)).size, 3)
  })

  test('a test reaches a paused endpoint, once', async () => {
    const hook = await receiver()
    hook.answer = () => ({ status: 500 })
    const key = await engine.endpoint(hook.url)
    await engine.pause(key)
    await deliveries.test(key, undefined)
    const [delivery] = await finish(key)
    assert.deepEqual([delivery?.state, delivery?.attempts, delivery?.event_type], ['dead', 1, 'test.webhook_tested'])
    assert.equal(hook.received.length, 1)
  })

  test('two nodes send each delivery once, in order', async () => {
    const hook = await receiver()
    const other = engine.node()
    const key = await engine.endpoint(hook.url)
    for (let n = 0; n < 20; n++) await make(key.ownerId, [`thing ${n % 5}`, n])
    await eventually(async () => {
      await Promise.all([node.look(key.ownerId), other.look(key.ownerId)])
      assert.equal((await logOf(key)).filter(({ state }) => state === 'delivered').length, 20)
    })
    assert.equal(hook.received.length, 20)
    for (let thing = 0; thing < 5; thing++) {
      const numbers = numbersOf(hook, `thing ${thing}`)
      assert.deepEqual(
        numbers,
        numbers.toSorted((one, two) => one - two),
      )
    }
  })

  test('what happened to the data of others is sent to nobody, and holds nothing up', async () => {
    const hook = await receiver()
    const key = await engine.endpoint(hook.url)
    await make(key.ownerId, ['theirs', 1], ['own', 2])
    await sql`update event set origin_id = ${newId()} where owner_id = ${key.ownerId} and data ->> 'thing' = 'theirs'`.execute(
      database,
    )
    await finish(key)
    assert.deepEqual([numbersOf(hook, 'theirs'), numbersOf(hook, 'own')], [[], [2]])
  })

  test('the log is kept for a month, what is pending as long as it takes', async () => {
    const hook = await receiver()
    const key = await engine.endpoint(hook.url)
    await make(key.ownerId, ['a', 1])
    await finish(key)
    hook.answer = () => ({ status: 500 })
    await make(key.ownerId, ['b', 2])
    await eventually(() => node.look(key.ownerId).then(() => assert.equal(hook.received.length, 2)))
    await sql`update webhook_delivery set created_at = created_at - interval '31 days',
      finished_at = finished_at - interval '31 days' where owner_id = ${key.ownerId}`.execute(database)
    await node.forget()
    assert.deepEqual(
      (await logOf(key)).map(({ state }) => state),
      ['pending'],
    )
  })

  test('a node that stops hands back what has no answer yet', async () => {
    const hook = await receiver()
    hook.answer = () => ({ delayMs: 60_000 })
    const stopping = engine.node()
    const key = await engine.endpoint(hook.url)
    await make(key.ownerId, ['a', 1])
    await stopping.look(key.ownerId)
    await eventually(() => assert.equal(hook.received.length, 1))
    await stopping.close()
    hook.answer = () => ({})
    await finish(key)
    assert.deepEqual([hook.received.length, new Set(hook.received.map(({ id }) => id)).size], [2, 1])
  })
})
