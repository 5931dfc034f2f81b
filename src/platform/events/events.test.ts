import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { newId } from '../ids.ts'
import { createEvents, type NewEvent } from './events.ts'

const event = (n: number): NewEvent => ({ type: 'test.thing_made', data: { n } })

suite('events', async () => {
  const { database, transact, close } = await openTestDatabase({ poolSize: 12 })
  after(close)
  const hints: string[] = []
  const events = createEvents(database, (ownerId) => hints.push(ownerId))
  const append = (ownerId: string, ...added: NewEvent[]) => transact((tx) => events.append(tx, ownerId, added))

  test('fifty transactions at once number their events without a gap, in the order of their commits', async () => {
    const ownerId = newId()
    const seen: number[][] = []
    const watching = (async () => {
      while ((seen.at(-1)?.length ?? 0) < 100) {
        seen.push((await events.readAfter(ownerId, 0, 1000)).map(({ seq }) => seq))
      }
    })()
    await Promise.all(Array.from({ length: 50 }, (_, at) => append(ownerId, event(at), event(at + 1000))))
    await watching
    // Whoever looks, whenever: never a later number before an earlier one.
    for (const seqs of seen)
      assert.deepEqual(
        seqs,
        [...seqs.keys()].map((at) => at + 1),
      )
    const stored = await events.readAfter(ownerId, 0, 1000)
    for (let at = 0; at < 100; at += 2) {
      const [one, two] = stored.slice(at, at + 2).map(({ data }) => (data as { n: number }).n)
      assert.equal(two, (one ?? 0) + 1000, 'events of one transaction lie together, in order')
    }
  })

  test('events of an owner who is followed are in the streams of all followers, gapless and with whose they are', async () => {
    const [ownerId, ...followers] = [newId(), newId(), newId()]
    const [one = ''] = followers
    const told: string[] = []
    const followed = createEvents(
      database,
      (id) => told.push(id),
      async () => undefined,
      async () => followers,
    )
    const add = (id: string, ...added: NewEvent[]) => transact((tx) => followed.append(tx, id, added))
    await add(ownerId, event(0))
    await database.updateTable('event_sequence').set({ is_followed: true }).where('owner_id', '=', ownerId).execute()
    await Promise.all([
      add(one, event(1)),
      add(ownerId, event(2), event(3)),
      add(one, event(4)),
      add(ownerId, event(5)),
    ])
    const rows = await database
      .selectFrom('event')
      .select(['seq', 'data', 'origin_id'])
      .where('owner_id', '=', one)
      .orderBy('seq')
      .execute()
    assert.deepEqual(
      rows.map(({ seq }) => seq),
      [1, 2, 3, 4, 5],
    )
    const ofOrigin = rows.filter(({ origin_id }) => origin_id === ownerId).map(({ data }) => (data as { n: number }).n)
    assert.deepEqual(new Set(ofOrigin), new Set([2, 3, 5]))
    assert.equal(ofOrigin.indexOf(3), ofOrigin.indexOf(2) + 1)
    assert.equal((await followed.readAfter(followers[1] ?? '', 0, 10)).length, 3)
    assert.ok(followers.every((id) => told.includes(id)))
  })

  test('a transaction that is rolled back leaves no gap and tells nobody', async () => {
    const ownerId = newId()
    await append(ownerId, event(1))
    const failing = transact(async (tx) => {
      await events.append(tx, ownerId, [event(2), event(3)])
      throw new Error('changed my mind')
    })
    await assert.rejects(failing, /changed my mind/)
    await append(ownerId, event(4))
    const stored = await events.readAfter(ownerId, 0, 10)
    assert.deepEqual(
      stored.map(({ seq, data }) => [seq, data]),
      [
        [1, { n: 1 }],
        [2, { n: 4 }],
      ],
    )
    assert.equal(hints.filter((hint) => hint === ownerId).length, 2)
  })

  test('owners count apart and do not see each other', async () => {
    const [one, two] = [newId(), newId()]
    await Promise.all([append(one, event(1), event(2)), append(two, event(3))])
    assert.deepEqual(
      await events.lastSeqs([one, two, newId()]),
      new Map([
        [one, 2],
        [two, 1],
      ]),
    )
    assert.deepEqual(
      (await events.readAfter(two, 0, 10)).map(({ data }) => data),
      [{ n: 3 }],
    )
    assert.deepEqual(await events.lastSeqs([]), new Map())
  })

  test('the sequence numbers of more owners are read than a statement takes parameters', async () => {
    const ownerId = newId()
    await append(ownerId, event(1))
    const many = [...Array.from({ length: 70_000 }, newId), ownerId]
    assert.deepEqual(await events.lastSeqs(many), new Map([[ownerId, 1]]))
  })

  test('data comes back as it was written, whatever is in it', async () => {
    const ownerId = newId()
    const data = { text: 'ü "q" \\ \n {},() 🐘', empty: '', none: null, list: [1, 'a', { b: false }], big: 2 ** 53 }
    await append(ownerId, { type: 'test.thing_made', data })
    assert.deepEqual((await events.readAfter(ownerId, 0, 1))[0]?.data, data)
  })

  test('nothing to append is nothing done', async () => {
    const ownerId = newId()
    await append(ownerId)
    assert.deepEqual(await events.lastSeqs([ownerId]), new Map())
    assert.ok(!hints.includes(ownerId))
  })

  test('pages follow each other', async () => {
    const ownerId = newId()
    await append(ownerId, ...Array.from({ length: 25 }, (_, at) => event(at)))
    const seqs: number[] = []
    for (;;) {
      const found = await events.readAfter(ownerId, seqs.at(-1) ?? 0, 10)
      if (found.length === 0) break
      seqs.push(...found.map(({ seq }) => seq))
    }
    assert.deepEqual(
      seqs,
      Array.from({ length: 25 }, (_, at) => at + 1),
    )
    assert.equal(await events.oldestSeq(ownerId), 1)
    assert.equal(await events.oldestSeq(newId()), undefined)
  })
})
