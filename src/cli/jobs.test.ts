import assert from 'node:assert/strict'
import { after, afterEach, suite, test } from 'node:test'
import { sql } from 'kysely'
import { settingsFor, ultid } from '../../test/harness/command-line.ts'
import { eventually } from '../../test/harness/eventually.ts'
import { openTestDatabase } from '../../test/harness/open-database.ts'
import { newId } from '../platform/ids.ts'
import { enqueue, handleJob, jobName, startJobs } from '../platform/jobs/jobs.ts'
import { createLog } from '../platform/observability/log.ts'

const greet = jobName<{ name: string }>('test.greet')
const bye = jobName<{ name: string }>('test.bye')

suite('ultid jobs', async () => {
  const { url, pool, database, close } = await openTestDatabase()
  after(close)
  const jobs = (...args: string[]) => ultid(['jobs', ...args], settingsFor(url))
  const idOf = async (key: string) => {
    const { rows } = await sql<{ id: string }>`select id::text from graphile_worker.jobs where key = ${key}`.execute(
      database,
    )
    return rows[0]?.id ?? ''
  }
  /** As a job is that failed, or is held by `worker`. */
  const spoil = (key: string, worker: string | null = null) =>
    sql`update graphile_worker._private_jobs set last_error = ${`it broke\n\u001b[31m`}, attempts = 5,
      locked_by = ${worker}, locked_at = case when ${worker}::text is not null then now() - interval '1 hour' end
      where key = ${key}`.execute(database)
  afterEach(() => sql`delete from graphile_worker._private_jobs`.execute(database))

  test('list counts what waits by name and state, and shows the last failures', async () => {
    assert.deepEqual(await jobs('list'), { code: 0, output: 'the queue is empty\n', complaint: '' })
    const tomorrow = new Date(Date.now() + 86_400_000)
    await enqueue(database, greet, { name: 'due' }, { key: 'due' })
    await enqueue(database, greet, { name: 'later' }, { key: 'later', runAt: tomorrow })
    await enqueue(database, bye, { name: 'spoiled' }, { key: 'spoiled' })
    await spoil('spoiled')
    const { output } = await jobs('list')
    assert.match(output, /^job +due +scheduled +running +exhausted$/m)
    assert.match(output, /^test\.bye +0 +0 +0 +1$/m)
    assert.match(output, /^test\.greet +1 +1 +0 +0$/m)
    assert.match(output, new RegExp(`^${await idOf('spoiled')} +test\\.bye +5/5 +\\S+ \\S+ +it broke \\[31m$`, 'm'))
    const { jobs: counts, failing } = JSON.parse((await jobs('list', '--json')).output)
    assert.deepEqual(counts[1], { job: 'test.greet', due: 1, scheduled: 1, running: 0, exhausted: 0 })
    assert.deepEqual([failing.length, failing[0].job, failing[0].last_error], [1, 'test.bye', 'it broke\n\u001b[31m'])
    assert.deepEqual(JSON.parse((await jobs('list', '--json', '--limit', '0')).output).failing, [])
  })

  test('retry has a job run now that had no attempt left', async (t) => {
    const names: string[] = []
    const handlers = [handleJob(greet, async ({ name }) => void names.push(name))]
    const log = createLog({ level: 'silent', format: 'json' })
    await enqueue(database, greet, { name: 'Zoë' }, { key: 'z', runAt: new Date(Date.now() + 86_400_000) })
    await spoil('z')
    const runner = await startJobs({ pool, log, handlers, sweeps: [], concurrency: 1, watch: (_job, run) => run() })
    t.after(runner.stop)
    const id = await idOf('z')
    assert.deepEqual(await jobs('retry', id), { code: 0, output: `job ${id} is due now\n`, complaint: '' })
    await eventually(() => assert.deepEqual(names, ['Zoë']))
  })

  test('retry tells a job that runs from one that is not there', async () => {
    await enqueue(database, greet, { name: 'a' }, { key: 'held' })
    await spoil('held', 'worker-1')
    await sql`update graphile_worker._private_jobs set locked_at = now()`.execute(database)
    const held = await jobs('retry', await idOf('held'))
    assert.equal(held.code, 1)
    assert.match(held.complaint, /^Job \d+ runs right now; if its node died, run "ultid jobs unlock" first\.$/m)
    const gone = await jobs('retry', '999999999')
    assert.deepEqual([gone.code, gone.output], [1, ''])
    assert.match(gone.complaint, /^There is no job 999999999/)
  })

  test('unlock frees the jobs of dead nodes and leaves those of running ones', async () => {
    await database
      .insertInto('node')
      .values([
        { id: newId(), host: 'a', roles: ['jobs'], worker_ids: ['alive'] },
        { id: newId(), host: 'b', roles: ['jobs'], worker_ids: ['silent'], seen_at: new Date(Date.now() - 120_000) },
      ])
      .execute()
    for (const worker of ['alive', 'silent', 'unknown']) {
      await enqueue(database, greet, { name: worker }, { key: worker })
      await spoil(worker, worker)
    }
    const { code, output } = await jobs('unlock')
    assert.deepEqual([code, output], [0, 'freed 2 jobs of 2 dead workers\n'])
    const { rows } = await sql`select key from graphile_worker.jobs where locked_by is not null`.execute(database)
    assert.deepEqual(rows, [{ key: 'alive' }])
    assert.equal((await jobs('unlock')).output, 'no job is held by a dead node\n')
  })

  test('anything else is told what there is', async () => {
    const wrong: [args: string[], expected: RegExp][] = [
      [[], /^Say what to do: ultid jobs list/],
      [['retry'], /^Say what to do/],
      [['retry', 'all'], /^"all" is no id of a job; "ultid jobs list" shows them\.$/m],
      [['list', '--limit', 'x'], /^--limit takes a whole number from 0 to 1000\.$/m],
    ]
    for (const [args, expected] of wrong) {
      const { code, complaint } = await jobs(...args)
      assert.equal(code, 2)
      assert.match(complaint, expected)
    }
  })

  test('each of the operator commands explains itself with examples', async () => {
    for (const name of ['serve', 'migrate', 'config', 'env', 'secrets', 'doctor', 'users', 'jobs']) {
      const { code, output, complaint } = await ultid([name, '--help'])
      assert.deepEqual([code, complaint], [0, ''])
      assert.match(output, new RegExp(`^ultid ${name}[\\s\\S]*\nExamples?:\n  (\\w+=\\S+ )?ultid ${name}`), name)
    }
  })
})
