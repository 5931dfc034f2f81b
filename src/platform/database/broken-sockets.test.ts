import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sql } from 'kysely'
import { eventually } from '../../../test/harness/eventually.ts'
import { startFaultProxy } from '../../../test/harness/fault-proxy.ts'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { createDatabase } from './database.ts'
import { isConnectionLost } from './outage.ts'

suite('a socket to the database that breaks under a query', () => {
  test('is a lost connection, whatever the system calls it', async (t) => {
    const direct = await openTestDatabase()
    const { hostname: host, port } = new URL(direct.url)
    const proxy = await startFaultProxy({ target: { host, port: Number(port) }, protocol: 'bytes' })
    const url = Object.assign(new URL(direct.url), { port: String(proxy.port) }).href
    const { database, close } = createDatabase({ url, poolSize: 1, onError: () => undefined })
    t.after(async () => {
      await close()
      await proxy.close()
      await direct.close()
    })
    const failing = sql`select pg_sleep(60), 'broken sockets'`.execute(database).then(
      () => assert.fail('It must not be answered.'),
      (error) => error,
    )
    await eventually(async () => {
      const { rows } = await sql`select from pg_stat_activity where query like '%broken sockets%' and state = 'active'
        and pid <> pg_backend_pid()`.execute(direct.database)
      assert.equal(rows.length, 1)
    })
    proxy.cutAll('reset')
    const error = await failing
    assert.ok(isConnectionLost(error), String(error))
    assert.equal(error.code, '08006')
    assert.equal(error.cause.code, 'ECONNRESET')
    await sql`select 1`.execute(database)
  })
})
