import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startImap } from '../sandbox/imap.ts'
import { actStore } from '../src/modules/mail/acts/act-store.ts'
import type { Action } from '../src/modules/mail/acts/action.ts'
import { insertAccount, insertOwner } from './fixtures/mailbox-rows.ts'
import { inStore, onServer, syncedAccount } from './fixtures/sync-account.ts'
import { startSyncNode } from './fixtures/sync-node.ts'
import { letter } from './fixtures/sync-suite.ts'
import { eventually } from './harness/eventually.ts'
import { freePort } from './harness/free-port.ts'
import { connectImap } from './harness/imap-client.ts'
import { openTestDatabase } from './harness/open-database.ts'
import { createTempDir } from './harness/temp-dir.ts'

const subjects = ['read', 'archived', 'trashed', 'spam', 'copied', 'labelled', 'erased', 'undone'] as const

test("acts arrive on the sandbox's IMAP server, and what is undone does not stay there", async (t) => {
  const [db, state, port] = [await openTestDatabase(), await createTempDir('imap'), await freePort()]
  const user = { username: 'alice', password: 'secret' }
  const seed = async () =>
    subjects.map((subject, at) => ({
      ...{ folder: 'INBOX', flags: [], internalDate: new Date(Date.UTC(2026, 9, 1, 0, at)) },
      raw: Buffer.from(letter(subject).replaceAll('\n', '\r\n')),
    }))
  const server = await startImap({ port, user: user.username, password: user.password, stateDir: state.path, seed })
  const ownerId = await insertOwner(db.database)
  const account = syncedAccount(db.database, await insertAccount(db.database, ownerId))
  const node = startSyncNode(db.url, { host: '127.0.0.1', port, ...user })
  const client = await connectImap({ host: '127.0.0.1', port }, user)
  t.after(async () => {
    await node.stop()
    client.close()
    await server.close()
    await db.close()
    await state.remove()
  })
  await eventually(async () => assert.equal((await account.messages()).length, subjects.length))
  const setUndo = (seconds: number) => db.transact((tx) => actStore.setUndoSeconds(tx, ownerId, seconds))
  const ids = new Map((await account.messages()).map((one) => [one.subject, one.message_id]))
  const act = (action: Action, subject: (typeof subjects)[number]) =>
    node.acting.act(ownerId, { action, messageIds: [ids.get(subject) ?? ''] })
  const { body: label } = await node.labels.create(ownerId, { name: 'Plans' })
  await act({ kind: 'read' }, 'read')
  await act({ kind: 'archive' }, 'archived')
  await act({ kind: 'trash' }, 'trashed')
  await act({ kind: 'junk' }, 'spam')
  const copied = await act({ kind: 'copy', folderId: await account.folderId('Archive') }, 'copied')
  await act({ kind: 'label', labelIds: [label.id] }, 'labelled')
  await setUndo(1)
  await act({ kind: 'delete', isPermanent: true }, 'erased')
  await setUndo(120)
  await act({ kind: 'archive' }, 'undone')
  await node.undoing.undo(ownerId, undefined)
  await eventually(async () => {
    assert.equal(await account.unsettled(), 0)
    assert.deepEqual(inStore(await account.messages()), await onServer(client))
  })
  const places = (await account.messages()).map(({ folder, subject }) => `${folder} ${subject}`).sort()
  assert.deepEqual(places, [
    ...['Archive archived', 'Archive copied', 'INBOX copied', 'INBOX labelled', 'INBOX read', 'INBOX undone'],
    ...['Junk spam', 'Trash trashed'],
  ])
  assert.equal(copied.items[0]?.status, 'done')
  const labelled = (await account.messages()).find(({ subject }) => subject === 'labelled')
  await client.mailboxOpen('INBOX')
  const { flags } = (await client.fetchOne(`${labelled?.uid}`, { flags: true }, { uid: true })) || {}
  assert.ok(flags?.has('Plans'), [...(flags ?? [])].join(' '))
})
