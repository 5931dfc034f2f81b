import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { AppError } from '../errors.ts'
import { newId } from '../ids.ts'
import { once } from './idempotency.ts'

suite('idempotency keys', async () => {
  const { database, transact, close } = await openTestDatabase()
  after(close)
  const request = { ownerId: newId(), scope: 'things', key: 'key', body: { a: 1 } }
  const isReused = (error: unknown) =>
    error instanceof AppError && error.kind === 'unprocessable' && error.code === 'idempotency_key_reused'

  function counting(body: unknown = { id: 'made' }) {
    const counted = { runs: 0, work: async () => ({ status: 201, body: { ...(body as object), run: ++counted.runs } }) }
    return counted
  }
  const storedKeys = async (key: string) =>
    (await database.selectFrom('idempotency_key').select('key').where('key', '=', key).execute()).length

  test('the same key and body answer the first answer without doing it again', async () => {
    const counted = counting({ id: 'made', text: 'ü "quoted" \\ \n 🐘', none: null, list: [1, 2.5] })
    const answers = []
    for (let at = 0; at < 3; at++) answers.push(await transact((tx) => once(tx, request, counted.work)))
    assert.equal(counted.runs, 1)
    assert.deepEqual(answers[1], answers[0])
    assert.deepEqual(answers[2], answers[0])
  })

  test('another body under the same key is refused and does nothing', async () => {
    const counted = counting()
    await assert.rejects(
      transact((tx) => once(tx, { ...request, body: { a: 2 } }, counted.work)),
      isReused,
    )
    assert.equal(counted.runs, 0)
  })

  test('another owner, another scope and another key are each their own', async () => {
    const counted = counting()
    for (const other of [{ ownerId: newId() }, { scope: 'others' }, { key: 'other' }]) {
      await transact((tx) => once(tx, { ...request, ...other }, counted.work))
    }
    assert.equal(counted.runs, 3)
  })

  test('without a key it is done each time', async () => {
    const counted = counting()
    for (let at = 0; at < 2; at++) await transact((tx) => once(tx, { ...request, key: undefined }, counted.work))
    assert.equal(counted.runs, 2)
  })

  test('of many at once with one key one does it and all answer the same', async () => {
    const counted = counting()
    const slow = async () => {
      await sql`select pg_sleep(0.05)`.execute(database)
      return counted.work()
    }
    const racing = { ...request, key: 'race' }
    const answers = await Promise.all(Array.from({ length: 6 }, () => transact((tx) => once(tx, racing, slow))))
    assert.equal(counted.runs, 1)
    for (const answer of answers) assert.deepEqual(answer, answers[0])
  })

  test('of two at once with one key and different bodies the second is refused', async () => {
    const counted = counting()
    const racing = (body: unknown) => transact((tx) => once(tx, { ...request, key: 'clash', body }, counted.work))
    const [first, second] = await Promise.allSettled([racing({ a: 1 }), racing({ a: 2 })])
    assert.equal(counted.runs, 1)
    const refused = [first, second].find((one) => one.status === 'rejected')
    assert.ok(refused?.status === 'rejected' && isReused(refused.reason))
  })

  test('work that fails stores nothing: the next attempt does it', async () => {
    const retried = { ...request, key: 'retried' }
    const failing = transact((tx) => once(tx, retried, () => Promise.reject(new Error('no luck'))))
    await assert.rejects(failing, /no luck/)
    assert.equal(await storedKeys('retried'), 0)
    const counted = counting()
    assert.equal((await transact((tx) => once(tx, retried, counted.work))).status, 201)
    assert.equal(counted.runs, 1)
  })

  test('one that waits for a first that fails does it itself', async () => {
    const racing = { ...request, key: 'handed-over' }
    const counted = counting()
    const isHolding = Promise.withResolvers<void>()
    const mayFail = Promise.withResolvers<void>()
    const first = transact((tx) =>
      once(tx, racing, async () => {
        isHolding.resolve()
        await mayFail.promise
        throw new Error('no luck')
      }),
    )
    await isHolding.promise
    const second = transact((tx) => once(tx, racing, counted.work))
    mayFail.resolve()
    await assert.rejects(first, /no luck/)
    assert.equal((await second).status, 201)
    assert.equal(counted.runs, 1)
  })

  test('a request and an answer without a body are kept like any other', async () => {
    let runs = 0
    const bare = { ...request, key: 'bare', body: undefined }
    const work = async () => ({ status: 204, body: ++runs > 1 ? 'again' : undefined })
    await transact((tx) => once(tx, bare, work))
    assert.equal((await transact((tx) => once(tx, bare, work))).status, 204)
    assert.equal(runs, 1)
  })
})
