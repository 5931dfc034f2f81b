import assert from 'node:assert/strict'
import { after, afterEach, before, suite, test } from 'node:test'
import { insertAccount, insertOwner, type MailboxRows } from '../fixtures/mailbox-rows.ts'
import { inStore, onServer, type SyncedAccount, syncedAccount } from '../fixtures/sync-account.ts'
import { type SyncNode, startSyncNode } from '../fixtures/sync-node.ts'
import { type Dovecot, startDovecot } from '../harness/dovecot.ts'
import type { MailUser } from '../harness/dovecot-users.ts'
import { eventually } from '../harness/eventually.ts'
import { openTestDatabase } from '../harness/open-database.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

const message = (subject: string, text = 'Hello.') =>
  `From: Bob <bob@example.test>\nTo: alice@example.test\nSubject: ${subject}\nMessage-ID: <${subject}@example.test>\n` +
  `Date: Mon, 02 Nov 2026 10:00:00 +0000\n\n${text}\n`

suite('mail sync with Dovecot', { skip: skipWithoutDovecot }, () => {
  let dovecot: Dovecot
  let db: Awaited<ReturnType<typeof openTestDatabase>>
  const nodes: SyncNode[] = []
  before(async () => {
    dovecot = await startDovecot()
  })
  after(() => dovecot.close())
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.stop()))
    await db.close()
  })

  async function connectAccount(name: string): Promise<{ user: MailUser; rows: MailboxRows; account: SyncedAccount }> {
    db = await openTestDatabase()
    const rows = await insertAccount(db.database, await insertOwner(db.database))
    return { user: dovecot.user(name), rows, account: syncedAccount(db.database, rows) }
  }
  function startNode(user: MailUser, options: Parameters<typeof startSyncNode>[2] = {}): SyncNode {
    const node = startSyncNode(db.url, { host: dovecot.host, port: dovecot.port, ...user }, options)
    nodes.push(node)
    return node
  }
  const synced = (account: SyncedAccount) =>
    eventually(async () => assert.notEqual((await account.state()).last_synced_at, null))

  test('lists a mailbox exactly, and tells progress instead of hundreds of arrivals', async () => {
    const { user, account } = await connectAccount('initial')
    for (let at = 0; at < 300; at++) {
      const folder = ['INBOX', 'INBOX', 'Sent', 'Archive', 'Projekte/Grüße'][at % 5]
      await dovecot.deliver(user, message(`m${at}`), folder, { flags: at % 3 === 0 ? ['\\Seen'] : [] })
    }
    startNode(user)
    await synced(account)
    assert.deepEqual(inStore(await account.messages()), await onServer(await dovecot.connect(user)))
    assert.deepEqual(await account.events('mail.message_created'), [])
    const progress = await account.events('mail.account_sync_progressed')
    assert.equal(progress.at(-1)?.data.messages_done, 300)
    const state = await account.state()
    assert.deepEqual([state.state, state.backfill_done, state.backfill_total], ['synced', 300, 300])
    await eventually(async () => {
      assert((await account.messages()).every((one) => one.body_state === 'stored'))
    })
  })

  test('tells of new mail within a second', async () => {
    const { user, account } = await connectAccount('arrival')
    startNode(user, { timings: { pollMs: 60_000 } })
    await synced(account)
    const startedAt = performance.now()
    await dovecot.deliver(user, message('news'))
    await eventually(async () => {
      const [created] = await account.events('mail.message_created')
      assert.equal(created?.data.subject, 'news')
    })
    assert(performance.now() - startedAt < 1000)
  })
})
