import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { insertFolder } from '../../../../test/fixtures/mailbox-rows.ts'
import { remoteOpStore } from './remote-op-store.ts'

let app: MailboxApp
let alice: MailboxOwner
let bob: MailboxOwner

before(async () => {
  app = await startMailboxApp()
  alice = await app.mailboxOf('alice')
  bob = await app.mailboxOf('bob')
})
after(() => app.close())

const patch = (id: string, body: unknown, as = 'alice') =>
  app.request('PATCH', `/api/v1/mail/messages/${id}`, { as, body })

/** What would be written to the server for a message, in order. */
async function opsOf(id: string) {
  const ops = await app.transact((tx) => remoteOpStore.lockOpenOf(tx, alice.ownerId, [id]))
  return ops.map((op) => ({ kind: op.kind, change: op.change, state: op.state }))
}

async function eventsOf(id: string) {
  const rows = await app.database
    .selectFrom('event')
    .select(['type', 'data'])
    .where('owner_id', '=', alice.ownerId)
    .orderBy('seq')
    .execute()
  return rows.filter((row) => (row.data as { message_id?: string }).message_id === id)
}

test('a change is answered, stored, told and queued for the server at once', async () => {
  const id = await app.addMessage(alice, { folderId: alice.inbox })
  const { status, body } = await patch(id, { is_read: true, is_starred: true, folder_id: alice.archive })
  assert.equal(status, 200)
  assert.deepEqual([body.id, body.is_read, body.is_starred, body.folder_id], [id, true, true, alice.archive])
  const seen = await app.request('GET', `/api/v1/mail/messages?folder_id=${alice.archive}`, { as: 'alice' })
  assert.deepEqual(seen.body.items, [body])
  assert.deepEqual(await opsOf(id), [
    { kind: 'set_flags', change: { add: ['\\Seen', '\\Flagged'], remove: [] }, state: 'pending' },
    { kind: 'move', change: { folder_id: alice.archive, from_folder_id: alice.inbox }, state: 'pending' },
  ])
  const message = { mail_account_id: alice.mailAccountId, message_id: id }
  assert.deepEqual(await eventsOf(id), [
    { type: 'mail.message_updated', data: { ...message, is_read: true, is_starred: true } },
    { type: 'mail.message_moved', data: { ...message, from_folder_id: alice.inbox, folder_id: alice.archive } },
  ])
})

test('a change to what is so already writes and tells nothing', async () => {
  const id = await app.addMessage(alice, { folderId: alice.inbox, isRead: true })
  const { status, body } = await patch(id, { is_read: true, is_starred: false, folder_id: alice.inbox })
  assert.deepEqual([status, body.is_read], [200, true])
  assert.deepEqual([await opsOf(id), await eventsOf(id)], [[], []])
})

test('changes that nobody has begun to write melt into one; one that was begun is followed by another', async () => {
  const id = await app.addMessage(alice, { folderId: alice.inbox })
  await patch(id, { is_read: true })
  await patch(id, { is_starred: true })
  await patch(id, { is_read: false })
  const merged = { kind: 'set_flags', change: { add: ['\\Flagged'], remove: ['\\Seen'] } }
  assert.deepEqual(await opsOf(id), [{ ...merged, state: 'pending' }])
  const [op] = await app.transact((tx) => remoteOpStore.lockOpenOf(tx, alice.ownerId, [id]))
  assert(op)
  assert.deepEqual(await remoteOpStore.markRunning(app.database, alice.ownerId, [op.id]), [op.id])
  await patch(id, { is_read: true })
  assert.deepEqual(await opsOf(id), [
    { ...merged, state: 'running' },
    { kind: 'set_flags', change: { add: ['\\Seen'], remove: [] }, state: 'pending' },
  ])
})

test('a move is redirected by the next, and back home needs none', async () => {
  const other = await insertFolder(app.database, alice, { path: 'Other' })
  const id = await app.addMessage(alice, { folderId: alice.inbox })
  await patch(id, { folder_id: alice.archive })
  await patch(id, { folder_id: other })
  const change = { folder_id: other, from_folder_id: alice.inbox }
  assert.deepEqual(await opsOf(id), [{ kind: 'move', change, state: 'pending' }])
  const { body } = await patch(id, { folder_id: alice.inbox })
  assert.equal(body.folder_id, alice.inbox)
  assert.deepEqual(await opsOf(id), [])
  assert.equal((await eventsOf(id)).length, 3)
})

test('a folder that holds no messages answers 422, a foreign one 404; nothing changes', async () => {
  const id = await app.addMessage(alice, { folderId: alice.inbox })
  const refusals = [
    [alice.parent, 422, 'mail.folder_not_selectable'],
    [bob.inbox, 404, 'not_found'],
    [crypto.randomUUID(), 404, 'not_found'],
  ] as const
  for (const [folderId, status, code] of refusals) {
    const answer = await patch(id, { is_read: true, folder_id: folderId })
    assert.deepEqual([answer.status, answer.body.code], [status, code])
  }
  assert.deepEqual([await opsOf(id), await eventsOf(id)], [[], []])
})

test('somebody else’s message answers 404 and stays as it is', async () => {
  const id = await app.addMessage(bob, { folderId: bob.inbox })
  const { status, body } = await patch(id, { is_read: true })
  assert.deepEqual([status, body.code], [404, 'not_found'])
  const seen = await app.request('GET', `/api/v1/mail/messages/${id}`, { as: 'bob' })
  assert.equal(seen.body.is_read, false)
})

test('a body that says nothing, or something else, answers 400', async () => {
  const id = await app.addMessage(alice, { folderId: alice.inbox })
  for (const body of [{}, { is_read: 'true' }, { is_read: null }, { colour: 'red' }, [], 'x', { folder_id: 'inbox' }]) {
    const answer = await patch(id, body)
    assert.deepEqual([body, answer.status, answer.body.code], [body, 400, 'invalid_request_body'])
  }
})

test('many changes of one message at once end in one state everywhere', async () => {
  const id = await app.addMessage(alice, { folderId: alice.inbox })
  const folders = [alice.inbox, alice.archive]
  const changes = Array.from({ length: 30 }, (_, at) => ({ is_read: at % 3 === 0, folder_id: folders[at % 2] }))
  const answers = await Promise.all(changes.map((change) => patch(id, change)))
  assert(answers.every((answer) => answer.status === 200))
  const { body } = await app.request('GET', `/api/v1/mail/messages/${id}`, { as: 'alice' })
  const wanted = { isRead: body.is_read, folderId: body.folder_id }
  const ops = await opsOf(id)
  const flags = ops.findLast((op) => op.kind === 'set_flags')?.change
  if (flags) assert.equal('add' in flags && flags.add.includes('\\Seen'), wanted.isRead)
  const move = ops.findLast((op) => op.kind === 'move')?.change
  assert.equal(move && 'folder_id' in move ? move.folder_id : alice.inbox, wanted.folderId)
  const { body: folderList } = await app.request('GET', '/api/v1/mail/folders', { as: 'alice' })
  for (const folder of folderList.items) {
    const list = await app.request('GET', `/api/v1/mail/messages?folder_id=${folder.id}&limit=200`, { as: 'alice' })
    assert.equal(list.body.items.length, folder.total_count)
  }
})
