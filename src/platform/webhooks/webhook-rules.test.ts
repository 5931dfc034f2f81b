import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { fc } from '../../../test/harness/properties.ts'
import type { Outcome } from './attempt.ts'
import { isWanted, passes } from './catalog.ts'
import { retryAfterOf, retryDelay } from './retry-schedule.ts'
import { settlementOf } from './settlement.ts'
import { isSecret, newSecret, signatureHeaders } from './signature.ts'

const now = Date.UTC(2026, 4, 23)
const hour = 3600

test('nine retries spread from five seconds to a day over three days, a tenth of jitter to both sides', () => {
  const delays = (random: number) =>
    Array.from({ length: 10 }, (_, at) => retryDelay(at + 1, { random: () => random })).filter(
      (one) => one !== undefined,
    )
  const [least, most] = [delays(0), delays(1)]
  assert.equal(least.length, 9)
  assert.deepEqual([least[0], most[0]], [4.5, 5.5])
  assert.ok(Math.abs((most.at(-1) ?? 0) - 26.4 * hour) < 1)
  const sum = (list: number[]) => list.reduce((total, one) => total + one, 0)
  assert.ok(sum(least) > 2.5 * 24 * hour && sum(most) < 4 * 24 * hour)
})

test('Retry-After makes a delay longer, never shorter, and no longer than a day', () => {
  assert.equal(retryDelay(1, { retryAfter: 100 }), 100)
  assert.ok((retryDelay(5, { retryAfter: 100 }) ?? 0) > 4 * hour)
  assert.equal(retryAfterOf('120', now), 120)
  assert.equal(retryAfterOf(new Date(now + 90_000).toUTCString(), now), 90)
  assert.equal(retryAfterOf('999999999', now), 24 * hour)
  for (const odd of [null, '', '-5', '1.5', 'soon', '12345678901', 'Mon', new Date(now - 1000).toUTCString()]) {
    assert.equal(retryAfterOf(odd, now), 0, String(odd))
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      const seconds = retryAfterOf(text, now)
      assert.ok(seconds >= 0 && seconds <= 24 * hour)
    }),
  )
})

test('the library of Standard Webhooks verifies what any of the secrets signed', () => {
  const body = JSON.stringify({ type: 'a.thing_made', data: { text: 'ü "q" \n 🐘' } })
  const timestamp = Math.floor(Date.now() / 1000)
  const secrets = [newSecret(), newSecret(), 'plain text of an operator']
  const headers = signatureHeaders({ id: 'one', timestamp, body }, secrets)
  assert.ok(new Webhook(secrets[0] ?? '').verify(body, headers))
  assert.ok(new Webhook(secrets[1] ?? '').verify(body, headers))
  assert.ok(new Webhook(secrets[2] ?? '', { format: 'raw' }).verify(body, headers))
  assert.throws(() => new Webhook(newSecret()).verify(body, headers))
  assert.throws(() => new Webhook(secrets[0] ?? '').verify(`${body} `, headers))
})

test('a secret has 24 to 64 bytes in base64', () => {
  const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`
  assert.ok(isSecret(newSecret()) && isSecret(of(24)) && isSecret(of(64)))
  for (const wrong of [of(23), of(65), of(32).slice(6), `${of(32)}=`, `${of(32)}\n`]) assert.ok(!isSecret(wrong), wrong)
})

test('patterns and filters choose by what they say', () => {
  assert.ok(isWanted('mail.message_created', ['mail.message_*']) && isWanted('mail.a', ['*']))
  assert.ok(!isWanted('mail.message_created', ['mail.message', 'drive.*']))
  assert.ok(passes({ a: 'x', b: true, c: 3 }, { a: ['y', 'x'], b: ['true'], c: ['3'] }))
  assert.ok(!passes({ a: 'x' }, { a: ['x'], b: ['undefined'] }) && !passes({ a: null }, { a: ['null'] }))
  assert.ok(!passes({}, { constructor: [String(Object)] }))
})

const failed = (status: number | null, retryAfterSeconds = 0): Outcome => ({
  ...{ startedAt: new Date(now), answeredMs: 1, durationMs: 1, answer: '', retryAfterSeconds },
  ...{ status, fault: status === null ? 'timeout' : 'status' },
})
const situation = { failures: 0, isTest: false, failingSince: null, now, random: () => 0.5 }

test('an endpoint is paused after three days without a success, not sooner', () => {
  const since = (ms: number) => settlementOf(failed(500), { ...situation, failingSince: new Date(now - ms) }).stop
  assert.equal(since(3 * 86_400_000 - 1), undefined)
  assert.deepEqual(since(3 * 86_400_000), { state: 'paused', reason: 'failing' })
})

test('429 and 503 hold the endpoint, other answers one delivery', () => {
  assert.equal(settlementOf(failed(429, 60), situation).holdSeconds, 60)
  assert.equal(settlementOf(failed(503, 60), situation).holdSeconds, 60)
  const other = settlementOf(failed(500, 60), situation)
  assert.deepEqual([other.holdSeconds, other.delivery], [0, { state: 'pending', retryInSeconds: 60 }])
})

test('a test says nothing about its endpoint', () => {
  const failingSince = new Date(now - 1)
  const passed = settlementOf({ ...failed(200), fault: null }, { ...situation, isTest: true, failingSince })
  assert.deepEqual([passed.delivery.state, passed.isFailing], ['delivered', true])
  for (const status of [500, 410, null]) {
    const { delivery, stop, isFailing } = settlementOf(failed(status), { ...situation, isTest: true })
    assert.deepEqual([delivery.state, stop, isFailing], ['dead', undefined, false])
  }
})
