import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createMemoryCache } from '#platform/cache/memory-cache.ts'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { insertAccount, insertFolder } from '../../../../test/fixtures/mailbox-rows.ts'
import { remoteOpStore } from '../changes/remote-op-store.ts'
import { createWake } from '../wake.ts'
import { createMailActs } from './mail-acts.ts'

let app: MailboxApp
let alice: MailboxOwner
let bob: MailboxOwner
let trash: string
let junk: string

before(async () => {
  app = await startMailboxApp()
  alice = await app.mailboxOf('alice')
  bob = await app.mailboxOf('bob')
  trash = await insertFolder(app.database, alice, { path: 'Trash', role: 'trash' })
  junk = await insertFolder(app.database, alice, { path: 'Junk', role: 'junk' })
})
after(() => app.close())

const request = (method: string, path: string, body?: unknown, as = 'alice') =>
  app.request(method, `/api/v1/mail${path}`, { as, ...(body !== undefined && { body }) })

async function act(body: object) {
  const answer = await request('POST', '/acts', body)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body
}
const undo = (body?: object) => request('POST', '/undo', body)
const add = (folderId = alice.inbox, more: object = {}) => app.addMessage(alice, { folderId, ...more })
const shown = async (id: string) => (await request('GET', `/messages/${id}`)).body
const opsOf = async (id: string) => {
  const ops = await app.transact((tx) => remoteOpStore.lockOpenOf(tx, alice.ownerId, [id]))
  return ops.map(({ kind, change }) => ({ kind, change }))
}
const counts = async () => {
  const { items } = (await request('GET', '/folders')).body
  return Object.fromEntries(
    items.map((folder: { path: string; total_count: number; unread_count: number }) => [
      folder.path,
      [folder.total_count, folder.unread_count],
    ]),
  )
}

test('an act on many messages is answered for each, shown, counted and queued at once', async () => {
  const before_ = await counts()
  const [unread, read, foreign] = [
    await add(),
    await add(alice.inbox, { isRead: true }),
    await app.addMessage(bob, { folderId: bob.inbox }),
  ]
  const answer = await act({ action: 'read', message_ids: [unread, read, foreign] })
  assert.deepEqual(
    answer.items.map((item: { id: string; status: string; error: { code: string } | null }) => [
      item.id,
      item.status,
      item.error?.code,
    ]),
    [
      [unread, 'done', undefined],
      [read, 'unchanged', undefined],
      [foreign, 'failed', 'not_found'],
    ],
  )
  assert.ok(Date.parse(answer.undo_until) > Date.now())
  assert.equal((await shown(unread)).is_read, true)
  assert.deepEqual(await opsOf(unread), [{ kind: 'set_flags', change: { add: ['\\Seen'], remove: [] } }])
  assert.deepEqual(await opsOf(read), [])
  const { INBOX } = await counts()
  assert.deepEqual(INBOX, [before_.INBOX[0] + 2, before_.INBOX[1]])
})

test('archive, trash, junk and not junk find their folders, and junk is marked as what it is', async () => {
  const ids = await Promise.all([add(), add(), add()])
  for (const [at, [action, folder]] of (
    [
      ['archive', alice.archive],
      ['trash', trash],
      ['junk', junk],
    ] as const
  ).entries()) {
    await act({ action, message_ids: [ids[at]] })
    assert.equal((await shown(ids[at] ?? '')).folder_id, folder, action)
  }
  const [, , spam = ''] = ids
  assert.deepEqual((await shown(spam)).keywords, ['$Junk'])
  await act({ action: 'not_junk', message_ids: [spam] })
  const { keywords, folder_id } = await shown(spam)
  assert.deepEqual([keywords, folder_id], [['$NotJunk'], alice.inbox])
  assert.deepEqual(await opsOf(spam), [{ kind: 'set_flags', change: { add: ['$NotJunk'], remove: ['$Junk'] } }])
})

test('a folder that an act needs is made, once', async () => {
  const carol = await app.mailboxOf('carol')
  const as = { as: 'carol' }
  const ids = [
    await app.addMessage(carol, { folderId: carol.inbox }),
    await app.addMessage(carol, { folderId: carol.inbox }),
  ]
  for (const id of ids)
    await app.request('POST', '/api/v1/mail/acts', { ...as, body: { action: 'trash', message_ids: [id] } })
  const { items } = (await app.request('GET', '/api/v1/mail/folders', as)).body
  const made = items.filter((folder: { path: string }) => folder.path === 'Trash')
  assert.deepEqual(
    made.map((folder: { total_count: number }) => folder.total_count),
    [2],
  )
})

test('undo takes the latest act back, once, and what was moved since stays where it is', async () => {
  const [first, second] = [await add(), await add()]
  await act({ action: 'star', message_ids: [first] })
  await act({ action: 'trash', message_ids: [first, second] })
  await request('PATCH', `/messages/${second}`, { folder_id: alice.archive })
  const { body: moved } = await undo()
  assert.deepEqual(
    moved.items.map((item: { id: string }) => item.id),
    [second],
  )
  assert.equal((await shown(second)).folder_id, trash)
  const { body: trashed } = await undo()
  assert.equal(trashed.items.length, 2)
  for (const id of [first, second]) {
    assert.equal((await shown(id)).folder_id, alice.inbox)
    assert.equal(
      (await opsOf(id)).some((op) => op.kind === 'move'),
      false,
    )
  }
  assert.equal((await undo()).status, 200)
  assert.equal((await shown(first)).is_starred, false)
})

test('an act is taken back by its id, but not what has been moved since, and not twice', async () => {
  const id = await add()
  const { act_id } = await act({ action: 'archive', message_ids: [id] })
  await act({ action: 'move', message_ids: [id], folder_id: junk })
  const { status, body } = await undo({ act_id })
  assert.deepEqual([status, body.items[0].status], [200, 'unchanged'])
  assert.equal((await shown(id)).folder_id, junk)
  const again = await undo({ act_id })
  assert.deepEqual([again.status, again.body.code], [409, 'mail.nothing_to_undo'])
  assert.equal((await app.request('POST', '/api/v1/mail/undo', { as: 'bob', body: { act_id } })).status, 404)
})

test('only trash is deleted for good, unless asked for; it is gone at once and written when it cannot be taken back', async () => {
  const [here, there] = [await add(), await add(trash)]
  const refused = await act({ action: 'delete', message_ids: [here, there] })
  assert.deepEqual(
    refused.items.map((item: { status: string; error: { code: string } | null }) => item.error?.code ?? item.status),
    ['mail.not_in_trash', 'done'],
  )
  assert.equal((await request('GET', `/messages/${there}`)).status, 404)
  const row = await app.database
    .selectFrom('mail_remote_op')
    .selectAll()
    .where('message_id', '=', there)
    .executeTakeFirst()
  assert.deepEqual([row?.kind, row?.next_attempt_at.toISOString()], ['delete', refused.undo_until])
  const { body } = await undo()
  assert.deepEqual(
    body.items.map((item: { id: string; status: string }) => [item.id, item.status]),
    [[there, 'done']],
  )
  assert.equal((await shown(there)).folder_id, trash)
  assert.deepEqual(await opsOf(there), [])
  await act({ action: 'delete', message_ids: [here], is_permanent: true })
  assert.equal((await request('GET', `/messages/${here}`)).status, 404)
  const list = await request('GET', `/messages?folder_id=${alice.inbox}&limit=200`)
  assert.ok(!list.body.items.some((item: { id: string }) => item.id === here))
})

test('a copy is a message of its own, with its text and in the same conversation, and is taken back', async () => {
  const id = await add(alice.inbox, { subject: 'Original', text: 'The curlew calls.' })
  const answer = await act({ action: 'copy', message_ids: [id], folder_id: alice.archive })
  const [copyId] = answer.items[0].copy_ids
  const copy = await shown(copyId)
  assert.deepEqual([copy.subject, copy.folder_id, copy.body.text], ['Original', alice.archive, 'The curlew calls.'])
  assert.equal(copy.thread_id, (await shown(id)).thread_id)
  const change = { folder_id: alice.archive, from_folder_id: alice.inbox, copy_id: copyId }
  assert.deepEqual(await opsOf(id), [{ kind: 'copy', change }])
  await undo()
  assert.equal((await request('GET', `/messages/${copyId}`)).status, 404)
  assert.deepEqual(await opsOf(id), [])
})

test('a conversation is meant as people mean it: letters of one’s own and trash stay, the newest bears the star', async () => {
  const sent = await insertFolder(app.database, alice, { path: 'Sent', role: 'sent' })
  const thread = await add(alice.inbox, { receivedAt: '2026-03-01T10:00:00Z' })
  const others = [
    await add(sent, { receivedAt: '2026-03-02T10:00:00Z' }),
    await add(alice.inbox, { receivedAt: '2026-03-03T10:00:00Z' }),
    await add(trash, { receivedAt: '2026-03-04T10:00:00Z' }),
  ]
  await app.database
    .updateTable('mail_message')
    .set({ thread_id: thread })
    .where('id', 'in', [thread, ...others])
    .execute()
  const [own = '', newest = '', trashed = ''] = others
  const missing = crypto.randomUUID()
  const answer = await act({ action: 'archive', thread_ids: [thread, missing] })
  assert.deepEqual(
    answer.items.map((item: { status: string }) => item.status),
    ['done', 'failed'],
  )
  const folders = async () => Promise.all([thread, own, newest, trashed].map(async (id) => (await shown(id)).folder_id))
  assert.deepEqual(await folders(), [alice.archive, sent, alice.archive, trash])
  await act({ action: 'star', thread_ids: [thread] })
  const stars = await Promise.all([thread, own, newest, trashed].map(async (id) => (await shown(id)).is_starred))
  assert.deepEqual(stars, [false, false, true, false])
  await act({ action: 'trash', thread_ids: [thread] })
  assert.deepEqual(await folders(), [trash, trash, trash, trash])
})

test('a pin is kept here and told, and never written to a server', async () => {
  const id = await add()
  await act({ action: 'pin', message_ids: [id] })
  assert.equal((await shown(id)).is_pinned, true)
  assert.deepEqual(await opsOf(id), [])
  const archived = await add(alice.archive)
  await act({ action: 'pin', message_ids: [archived] })
  const pinned = async (query: string) =>
    (await request('GET', `/pins?${query}`)).body.items.map((item: { id: string }) => item.id)
  assert.deepEqual([await pinned(''), await pinned(`folder_id=${alice.inbox}`)], [[archived, id], [id]])
  const { next_cursor } = (await request('GET', '/pins?limit=1')).body
  assert.deepEqual(await pinned(`limit=1&cursor=${next_cursor}`), [id])
  assert.equal((await request('PATCH', `/messages/${id}`, { is_pinned: false })).body.is_pinned, false)
  assert.deepEqual(await pinned(''), [archived])
})

test('what an act lacks or cannot be is refused before anything is done', async () => {
  const id = await add()
  const message_ids = [id]
  for (const [body, status, code] of [
    [{ action: 'read' }, 400, 'invalid_request_body'],
    [{ action: 'move', message_ids }, 400, 'invalid_request_body'],
    [{ action: 'label', message_ids }, 400, 'invalid_request_body'],
    [{ action: 'read', message_ids, folder_id: alice.archive }, 400, 'invalid_request_body'],
    [{ action: 'fly', message_ids }, 400, 'invalid_request_body'],
    [{ action: 'read', message_ids: [] }, 400, 'invalid_request_body'],
    [{ action: 'read', message_ids: Array.from({ length: 1001 }, () => id) }, 400, 'invalid_request_body'],
    [{ action: 'move', message_ids, folder_id: bob.inbox }, 404, 'not_found'],
    [{ action: 'move', message_ids, folder_id: alice.parent }, 422, 'mail.folder_not_selectable'],
    [{ action: 'label', message_ids, label_ids: [crypto.randomUUID()] }, 404, 'not_found'],
    [{ action: 'read', message_ids, in_folder_id: bob.inbox }, 404, 'not_found'],
    [{ action: 'snooze', message_ids, until: '2020-01-01T00:00:00Z' }, 422, 'mail.snooze_time_invalid'],
  ] as const) {
    const answer = await request('POST', '/acts', body)
    assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(body))
  }
  assert.deepEqual(await opsOf(id), [])
})

test('the same Idempotency-Key does an act once, and takes one back once', async () => {
  const id = await add()
  const body = { action: 'copy', message_ids: [id], folder_id: alice.archive }
  const send = () =>
    app.request('POST', '/api/v1/mail/acts', { as: 'alice', body, headers: { 'idempotency-key': 'once' } })
  const [one, two] = [await send(), await send()]
  assert.deepEqual(two.body, one.body)
  assert.equal((await opsOf(id)).length, 1)
  await act({ action: 'star', message_ids: [id] })
  const headers = { 'idempotency-key': 'back' }
  const takeBack = () => app.request('POST', '/api/v1/mail/undo', { as: 'alice', headers })
  const [first, second] = [await takeBack(), await takeBack()]
  assert.deepEqual([first.status, second.body], [200, first.body])
  assert.deepEqual([(await shown(id)).is_starred, (await opsOf(id)).length], [false, 2])
})

test('a request to delete is about trash alone, so that one that is repeated never deletes more than was meant', async () => {
  const [id, other] = [await add(), await add()]
  const refused = await request('DELETE', `/messages/${id}`)
  assert.deepEqual([refused.status, refused.body.code], [409, 'mail.not_in_trash'])
  await act({ action: 'trash', message_ids: [id] })
  assert.equal((await request('DELETE', `/messages/${id}`)).status, 204)
  assert.equal((await request('DELETE', `/messages/${id}`)).status, 404)
  assert.equal((await request('DELETE', `/messages/${other}?is_permanent=true`)).status, 204)
  assert.equal((await request('GET', `/messages/${other}`)).status, 404)
})

test('without an undo window nothing can be taken back, and deletions are due at once', async () => {
  assert.equal((await request('PUT', '/act-preferences', { undo_seconds: 0 })).status, 200)
  assert.deepEqual((await request('GET', '/act-preferences')).body, { undo_seconds: 0 })
  const id = await add(trash)
  const { act_id, undo_until } = await act({ action: 'delete', message_ids: [id] })
  assert.deepEqual([act_id, undo_until], [null, null])
  const row = await app.database
    .selectFrom('mail_remote_op')
    .selectAll()
    .where('message_id', '=', id)
    .executeTakeFirst()
  assert.ok(row && row.next_attempt_at.getTime() <= Date.now() + 1000)
  await request('PUT', '/act-preferences', { undo_seconds: 30 })
  assert.equal((await request('PUT', '/act-preferences', { undo_seconds: 121 })).status, 400)
})

test('a message on its way into another account is shown there at once, and is back when that account is deleted', async () => {
  const other = await insertAccount(app.database, alice.ownerId)
  const elsewhere = await insertFolder(app.database, other, { path: 'INBOX', role: 'inbox' })
  const id = await add(alice.inbox, { subject: 'Emigrant' })
  const { body: moved } = await request('PATCH', `/messages/${id}`, { folder_id: elsewhere })
  assert.deepEqual([moved.subject, moved.mail_account_id, moved.id === id], ['Emigrant', other.mailAccountId, false])
  assert.equal((await request('GET', `/messages/${id}`)).status, 404)
  assert.equal((await request('DELETE', `/accounts/${other.mailAccountId}`)).status, 204)
  assert.equal((await shown(id)).folder_id, alice.inbox)
})

test('a module acts in its own transaction: all of it or nothing, told by the events that it is given, and only once', async () => {
  const acts = createMailActs(createWake(createMemoryCache()))
  const id = await add()
  const actions = [{ kind: 'read' }, { kind: 'star' }, { kind: 'move', folderId: alice.archive }] as const
  const run = () => app.transact((tx) => acts.perform(tx, alice.ownerId, [id], actions))
  const failing = app.transact(async (tx) => {
    await acts.perform(tx, alice.ownerId, [id], actions)
    throw new Error('rolled back')
  })
  await assert.rejects(failing, /rolled back/)
  assert.deepEqual([(await shown(id)).folder_id, await opsOf(id)], [alice.inbox, []])
  const first = await run()
  assert.deepEqual(
    first.outcomes.map(({ status }) => status),
    ['done'],
  )
  assert.deepEqual(
    first.events.map(({ type }) => type),
    ['mail.message_updated', 'mail.message_moved'],
  )
  const second = await run()
  assert.deepEqual([second.outcomes.map(({ status }) => status), second.events], [['unchanged'], []])
  const { folder_id, is_read, is_starred } = await shown(id)
  assert.deepEqual([folder_id, is_read, is_starred], [alice.archive, true, true])
  await add().then((next) => act({ action: 'star', message_ids: [next] }))
  assert.equal((await undo()).body.items[0].id === id, false)
})
