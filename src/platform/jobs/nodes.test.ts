import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { eventually } from '../../../test/harness/eventually.ts'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { newId } from '../ids.ts'
import { createLog } from '../observability/log.ts'
import { enqueue, handleJob, jobName, startJobs } from './jobs.ts'
import { joinNodes } from './nodes.ts'

const log = createLog({ level: 'silent', format: 'json' })
const work = jobName<{ n: number }>('test.work')

suite('nodes', async () => {
  const { database, pool, close } = await openTestDatabase()
  after(close)
  const join = (id: string) => joinNodes({ id, database, log, roles: ['jobs'], heartbeatMs: 30 })
  const isKnown = async (id: string) =>
    (await database.selectFrom('node').select('id').where('id', '=', id).execute()).length === 1
  const age = (id: string, seconds: number) =>
    sql`update node set seen_at = now() - make_interval(secs => ${seconds}) where id = ${id}`.execute(database)

  test('the jobs of a dead node are done by another', async (t) => {
    const deadId = newId()
    await sql`insert into node (id, host, roles, worker_ids) values (${deadId}, 'gone', '{jobs}', '{dead-worker}')`.execute(
      database,
    )
    await enqueue(database, work, { n: 1 })
    await sql`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'dead-worker', attempts = 1`.execute(
      database,
    )
    let done = 0
    const jobs = await startJobs({
      pool,
      log,
      handlers: [handleJob(work, async () => void done++)],
      sweeps: [],
      concurrency: 2,
      watch: (_job, run) => run(),
    })
    t.after(() => jobs.stop())
    const node = await join(newId())
    t.after(() => node.leave())
    await node.announceWorkers(jobs.workerIds)
    assert.ok(await isKnown(deadId), 'a node that was seen a moment ago is alive')
    assert.equal(done, 0)

    await age(deadId, 61)
    await eventually(() => assert.equal(done, 1))
    assert.equal(await isKnown(deadId), false)
  })

  test('a node that beats stays, and one taken for dead by mistake comes back', async (t) => {
    const ids = [newId(), newId()]
    for (const id of ids) {
      const node = await join(id)
      t.after(() => node.leave())
    }
    const [first = ''] = ids
    await age(first, 3600)
    await eventually(async () => {
      const { rows } =
        await sql`select 1 from node where id = ${first} and seen_at > now() - interval '5 seconds'`.execute(database)
      assert.equal(rows.length, 1)
    })
  })

  test('a node that leaves is gone for good, even in the middle of a beat', async () => {
    for (let round = 0; round < 5; round++) {
      const id = newId()
      const node = await join(id)
      const beating = node.announceWorkers(['worker'])
      await eventually(async () => assert.ok(await isKnown(id)))
      await Promise.all([beating, node.leave()])
      assert.equal(await isKnown(id), false)
    }
  })
})
