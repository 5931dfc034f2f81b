import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startImap } from '../sandbox/imap.ts'
import { insertAccount, insertOwner } from './fixtures/mailbox-rows.ts'
import { inStore, onServer, syncedAccount } from './fixtures/sync-account.ts'
import { startSyncNode } from './fixtures/sync-node.ts'
import { letter } from './fixtures/sync-suite.ts'
import { eventually } from './harness/eventually.ts'
import { freePort } from './harness/free-port.ts'
import { connectImap } from './harness/imap-client.ts'
import { openTestDatabase } from './harness/open-database.ts'
import { createTempDir } from './harness/temp-dir.ts'

test("the sandbox's IMAP server is synced exactly, told over IDLE, and written to", async (t) => {
  const [db, state, port] = [await openTestDatabase(), await createTempDir('imap'), await freePort()]
  const user = { username: 'alice', password: 'secret' }
  const raw = (at: number) => Buffer.from(letter(`m${at}`).replaceAll('\n', '\r\n'))
  const seed = async () =>
    Array.from({ length: 80 }, (_, at) => ({
      folder: at % 4 === 0 ? 'Archive' : 'INBOX',
      flags: at % 2 === 0 ? ['\\Seen'] : [],
      internalDate: new Date(Date.UTC(2026, 9, 1, 0, at)),
      raw: raw(at),
    }))
  const server = await startImap({ port, user: user.username, password: user.password, stateDir: state.path, seed })
  const ownerId = await insertOwner(db.database)
  const account = syncedAccount(db.database, await insertAccount(db.database, ownerId))
  const node = startSyncNode(db.url, { host: '127.0.0.1', port, ...user }, { timings: { pollMs: 2_000 } })
  const client = await connectImap({ host: '127.0.0.1', port }, user)
  t.after(async () => {
    await node.stop()
    client.close()
    await server.close()
    await db.close()
    await state.remove()
  })
  const converged = () =>
    eventually(async () => assert.deepEqual(inStore(await account.messages()), await onServer(client)))

  await eventually(async () => assert.equal((await account.state()).state, 'synced'))
  await converged()
  assert.equal((await account.messages()).length, 80)

  server.deliver(raw(100))
  await eventually(async () => {
    const [created] = await account.events('mail.message_created')
    assert.equal(created?.data.subject, 'm100')
  })
  const [first] = (await account.messages()).filter((one) => one.folder === 'INBOX')
  assert(first)
  const folderId = await account.folderId('Archive')
  await node.changes.change(ownerId, first.message_id, { isStarred: true, folderId })
  await eventually(async () => {
    const moved = (await account.messages()).find((one) => one.message_id === first.message_id)
    assert.deepEqual([moved?.folder, moved?.is_starred], ['Archive', true])
  })
  await converged()
})
