import assert from 'node:assert/strict'
import { after, suite, type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { eventually } from '../../../test/harness/eventually.ts'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { createLog } from '../observability/log.ts'
import { enqueue, handleJob, type JobHandler, type JobWatch, jobName, type Sweep, startJobs } from './jobs.ts'

const log = createLog({ level: 'silent', format: 'json' })
const greet = jobName<{ name: string }>('test.greet')

suite('jobs', async () => {
  const opened = await openTestDatabase({ poolSize: 10 })
  const { database, pool, transact } = opened
  after(opened.close)

  async function start(t: TestContext, handlers: JobHandler[], sweeps: Sweep[] = []) {
    const failures: string[] = []
    const watch: JobWatch = async (job, run) => {
      try {
        await run()
      } catch (error) {
        failures.push(job)
        throw error
      }
    }
    const jobs = await startJobs({ pool, log, handlers, sweeps, concurrency: 3, watch })
    let isStopped = false
    const stop = async () => {
      if (!isStopped) await jobs.stop()
      isStopped = true
    }
    t.after(stop)
    return { ...jobs, stop, failures }
  }
  const greeted = (names: string[]) => handleJob(greet, async ({ name }) => void names.push(name))

  test('a job runs once its transaction is committed, with what it carries', async (t) => {
    const names: string[] = []
    await start(t, [greeted(names)])
    await transact(async (tx) => {
      await enqueue(tx, greet, { name: 'Zoë "Q" \\ 🐘' })
      await sql`select pg_sleep(0.2)`.execute(tx)
      assert.deepEqual(names, [])
    })
    await eventually(() => assert.deepEqual(names, ['Zoë "Q" \\ 🐘']))
  })

  test('a job of a transaction that is rolled back never runs', async (t) => {
    const names: string[] = []
    await start(t, [greeted(names)])
    const failing = transact(async (tx) => {
      await enqueue(tx, greet, { name: 'never' })
      throw new Error('changed my mind')
    })
    await assert.rejects(failing, /changed my mind/)
    await enqueue(database, greet, { name: 'after' })
    await eventually(async () => {
      const { rows } = await sql`select 1 from graphile_worker.jobs`.execute(database)
      assert.equal(rows.length, 0)
    })
    assert.deepEqual(names, ['after'])
  })

  test('a job that fails is counted and tried again', async (t) => {
    let attempts = 0
    const failing = handleJob(greet, async () => {
      if (++attempts === 1) throw new Error('not yet')
    })
    const jobs = await start(t, [failing])
    await enqueue(database, greet, { name: 'x' })
    await eventually(() => assert.equal(attempts, 2))
    assert.deepEqual(jobs.failures, ['test.greet'])
  })

  test('two jobs of one key become one with what the later carries', async (t) => {
    const later = new Date(Date.now() + 3_600_000)
    await enqueue(database, greet, { name: 'first' }, { key: 'same', runAt: later })
    await enqueue(database, greet, { name: 'other' }, { key: 'other' })
    await enqueue(database, greet, { name: 'second' }, { key: 'same' })
    const names: string[] = []
    await start(t, [greeted(names)])
    await eventually(() => assert.deepEqual(names.toSorted(), ['other', 'second']))
  })

  test('a job of the key of a running one runs after it: no wake-up is lost', async (t) => {
    const names: string[] = []
    const mayEnd = Promise.withResolvers<void>()
    const slow = handleJob(greet, async ({ name }) => {
      names.push(name)
      if (name === 'slow') await mayEnd.promise
    })
    await start(t, [slow])
    await enqueue(database, greet, { name: 'slow' }, { key: 'wake' })
    await eventually(() => assert.deepEqual(names, ['slow']))
    await enqueue(database, greet, { name: 'again' }, { key: 'wake' })
    mayEnd.resolve()
    await eventually(() => assert.deepEqual(names, ['slow', 'again']))
  })

  test('a job of another time waits for it', async (t) => {
    const names: string[] = []
    await start(t, [greeted(names)])
    await enqueue(database, greet, { name: 'tomorrow' }, { key: 'later', runAt: new Date(Date.now() + 86_400_000) })
    await enqueue(database, greet, { name: 'now' }, { runAt: new Date(Date.now() - 1000) })
    await eventually(() => assert.deepEqual(names, ['now']))
    await sql`select graphile_worker.remove_job('later')`.execute(database)
  })

  test('a stop waits for the job that runs, and the check then fails', async (t) => {
    const events: string[] = []
    const isRunning = Promise.withResolvers<void>()
    const mayEnd = Promise.withResolvers<void>()
    const slow = handleJob(greet, async () => {
      isRunning.resolve()
      await mayEnd.promise
      events.push('job done')
    })
    const jobs = await start(t, [slow])
    await jobs.check()
    assert.ok(jobs.workerIds.length > 0)
    await enqueue(database, greet, { name: 'x' })
    await isRunning.promise
    const stopped = jobs.stop().then(() => events.push('stopped'))
    mayEnd.resolve()
    await stopped
    assert.deepEqual(events, ['job done', 'stopped'])
    await assert.rejects(jobs.check())
    const { rows } = await sql`select 1 from graphile_worker.jobs`.execute(database)
    assert.equal(rows.length, 0)
  })

  test('a sweep runs at once and again, never twice at a time, and survives its own failure', async (t) => {
    let runs = 0
    let running = 0
    const sweep = {
      name: 'test',
      everySeconds: 0.02,
      async run() {
        assert.equal(++running, 1)
        await sql`select pg_sleep(0.05)`.execute(database)
        running--
        if (++runs === 1) throw new Error('first time unlucky')
      },
    }
    const jobs = await start(t, [], [sweep])
    await eventually(() => assert.ok(runs >= 3))
    await jobs.stop()
    assert.equal(running, 0)
  })
})
