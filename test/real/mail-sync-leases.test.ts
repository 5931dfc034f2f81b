import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sql } from 'kysely'
import { accountControlStore } from '../../src/modules/mail/accounts/account-control-store.ts'
import { useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { startFaultProxy } from '../harness/fault-proxy.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'
import { startStopwatch } from '../harness/stopwatch.ts'

suite('mail sync on several nodes', { skip: skipWithoutDovecot }, () => {
  const { dovecot, mailbox } = useMailboxes()

  test('one node syncs an account; the other takes over within one lease time + 5 s when it dies, and no event comes twice', async (t) => {
    const leaseSeconds = 2
    const { account, database, deliver, node, synced, converged } = await mailbox('takeover')
    await deliver('a')
    const [first, second] = [await startFaultProxy({ target: dovecot() }), await startFaultProxy({ target: dovecot() })]
    t.after(() => Promise.all([first.close(), second.close()]))
    // Long while it lives: a machine that stands still for seconds is no death.
    const dying = node({ leaseSeconds: 60 }, first)
    await synced()
    node({ leaseSeconds }, second)
    await deliver('b')
    await converged()
    assert.equal(second.connections.length, 0)
    await dying.kill()
    await sql`update mail_lease set expires_at = clock_timestamp() + make_interval(secs => ${leaseSeconds})`.execute(
      database,
    )
    const sinceDeath = startStopwatch()
    await deliver('c')
    await converged()
    assert(sinceDeath.elapsedMs() < leaseSeconds * 1000 + 5_000)
    assert(second.connections.length > 0)
    const created = await account.events('mail.message_created')
    assert.deepEqual(
      created.map((event) => event.data.subject),
      ['b', 'c'],
    )
  })

  test('a node that stops hands its accounts over at once', async () => {
    const { account, deliver, node, synced } = await mailbox('handed-over')
    const leaving = node({ leaseSeconds: 60 })
    await synced()
    await leaving.stop()
    node({ leaseSeconds: 60 })
    await deliver('a')
    await eventually(async () => assert.equal((await account.events('mail.message_created')).length, 1))
  })

  test('an account that is freed under a node is begun anew by it at its next look, before the news of it has come', async (t) => {
    const { ownerId, mailAccountId, account, database, deliver, node, synced } = await mailbox('freed')
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    node({ leaseSeconds: 3600, timings: { pollMs: 60_000 } }, proxy)
    await synced()
    await eventually(() => assert(proxy.commands(/^IDLE/).length > 0))
    const before = proxy.connections.length
    await database.transaction().execute((tx) => accountControlStore.fence(tx, ownerId, mailAccountId))
    await eventually(() => assert.equal(proxy.connections.length, before + 1))
    await eventually(() => assert.equal(proxy.connections.filter(({ isOpen }) => isOpen).length, 1))
    await deliver('a')
    await eventually(async () => assert.equal((await account.events('mail.message_created')).length, 1))
  })
})
