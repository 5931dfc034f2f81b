import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { idempotencyRetention } from '../http/idempotency-retention.ts'
import { newId } from '../ids.ts'
import { createEvents } from './events.ts'
import { eventRetention } from './retention.ts'

suite('retention', async () => {
  const { database, transact, close } = await openTestDatabase()
  after(close)
  const events = createEvents(database, () => undefined)
  const sweep = eventRetention(database, { keepHours: 24 })

  /** Events of these ages in hours, the first with the number 1. */
  async function write(ages: readonly number[]): Promise<string> {
    const ownerId = newId()
    await transact((tx) =>
      events.append(
        tx,
        ownerId,
        ages.map(() => ({ type: 'test.thing_made', data: {} })),
      ),
    )
    await sql`update event set created_at = now() - make_interval(secs => 3600 * ages.hours)
      from unnest(${[...ages]}::float8[]) with ordinality as ages (hours, seq)
      where event.owner_id = ${ownerId} and event.seq = ages.seq`.execute(database)
    return ownerId
  }
  const seqsOf = async (ownerId: string) => (await events.readAfter(ownerId, 0, 100_000)).map(({ seq }) => seq)

  test('events are kept for their time, and no longer', async () => {
    const [old, mixed, young] = [await write([50, 40, 30]), await write([30, 25, 23, 1]), await write([23, 0])]
    await sweep.run()
    assert.deepEqual(await seqsOf(old), [])
    assert.deepEqual(await seqsOf(mixed), [3, 4])
    assert.deepEqual(await seqsOf(young), [1, 2])
  })

  test('an old event behind a young one stays: there is never a gap', async () => {
    const ownerId = await write([30, 23, 30, 1])
    await sweep.run()
    assert.deepEqual(await seqsOf(ownerId), [2, 3, 4])
  })

  test('numbers go on where they were after everything was forgotten', async () => {
    const ownerId = await write([30, 30])
    await sweep.run()
    await transact((tx) => events.append(tx, ownerId, [{ type: 'test.thing_made', data: {} }]))
    assert.deepEqual(await seqsOf(ownerId), [3])
  })

  test('more than a batch goes in one sweep, by two sweepers at once', async () => {
    const ownerId = await write([...Array.from({ length: 12_000 }, () => 30), 1])
    await Promise.all([sweep.run(), sweep.run()])
    assert.deepEqual(await seqsOf(ownerId), [12_001])
  })

  test('answers to idempotency keys are kept for a week', async () => {
    const ownerId = newId()
    for (const days of [8, 6]) {
      await sql`insert into idempotency_key (owner_id, scope, key, request_hash, status, answer, created_at)
        values (${ownerId}, 'things', ${`${days} days`}, '', 201, 'null', now() - make_interval(days => ${days}))`.execute(
        database,
      )
    }
    await idempotencyRetention(database).run()
    const left = await database.selectFrom('idempotency_key').select('key').where('owner_id', '=', ownerId).execute()
    assert.deepEqual(left, [{ key: '6 days' }])
  })
})
