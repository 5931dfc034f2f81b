import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sql } from 'kysely'
import { eventually } from '../../../test/harness/eventually.ts'
import { startFaultProxy } from '../../../test/harness/fault-proxy.ts'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { createDatabase } from '../database/database.ts'
import { createLog } from '../observability/log.ts'
import { enqueue, handleJob, jobName, startJobs } from './jobs.ts'

const log = createLog({ level: 'silent', format: 'json' })
const work = jobName<{ fails: boolean }>('test.work')

suite('jobs whose end the database does not take', () => {
  test('are over once it is back, failed ones are tried again, and the process lives on', async (t) => {
    const direct = await openTestDatabase()
    const { hostname: host, port } = new URL(direct.url)
    const proxy = await startFaultProxy({ target: { host, port: Number(port) }, protocol: 'bytes' })
    const url = Object.assign(new URL(direct.url), { port: String(proxy.port) }).href
    const { pool, close } = createDatabase({ url, poolSize: 4, onError: () => undefined })
    const ran: boolean[] = []
    const bothRun = Promise.withResolvers<void>()
    const isCut = Promise.withResolvers<void>()
    const handler = handleJob(work, async ({ fails }) => {
      ran.push(fails)
      if (ran.length > 2) return
      if (ran.length === 2) {
        proxy.refuse()
        proxy.cutAll('reset')
        bothRun.resolve()
      }
      await bothRun.promise
      // The other one ends with the next turn of the loop.
      setImmediate(isCut.resolve)
      if (fails) throw new Error('It failed.')
    })
    const jobs = await startJobs({
      pool,
      log,
      handlers: [handler],
      sweeps: [],
      concurrency: 2,
      watch: (_, run) => run(),
    })
    t.after(async () => {
      await jobs.stop()
      await close()
      await proxy.close()
      await direct.close()
    })

    await enqueue(direct.database, work, { fails: false })
    await enqueue(direct.database, work, { fails: true })
    await isCut.promise
    await proxy.accept()
    await eventually(
      async () => {
        const { rows } = await sql`select from graphile_worker.jobs`.execute(direct.database)
        assert.equal(rows.length, 0)
      },
      { timeoutMs: 60_000 },
    )
    assert.deepEqual(ran.slice(0, 2).toSorted(), [false, true])
    assert.deepEqual(ran.slice(2), [true])
    await jobs.check()
  })
})
