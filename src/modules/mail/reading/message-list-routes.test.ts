import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { insertFolder } from '../../../../test/fixtures/mailbox-rows.ts'

let app: MailboxApp
let alice: MailboxOwner
let bob: MailboxOwner

before(async () => {
  app = await startMailboxApp()
  alice = await app.mailboxOf('alice')
  bob = await app.mailboxOf('bob')
})
after(() => app.close())

const get = (path: string, as = 'alice', headers: Record<string, string> = {}) =>
  app.request('GET', `/api/v1/mail${path}`, { as, headers })

async function emptyFolder(owner: MailboxOwner): Promise<string> {
  return insertFolder(app.database, owner, { path: `Folder ${crypto.randomUUID()}` })
}

/** All ids of a folder, page by page; `between` runs after each page. */
async function walk(folderId: string, limit: number, between: () => Promise<unknown> = async () => undefined) {
  const ids: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const from: string = cursor && `&cursor=${cursor}`
    const { status, body } = await get(`/messages?folder_id=${folderId}&limit=${limit}${from}`)
    assert.equal(status, 200)
    assert(body.items.length <= limit)
    ids.push(...body.items.map((item: { id: string }) => item.id))
    cursor = body.next_cursor
    await between()
  }
  return ids
}

test('a list item says what a list shows, and to is cut at 20', async () => {
  const folderId = await emptyFolder(alice)
  const to = Array.from({ length: 25 }, (_, at) => ({ name: `Person ${at}`, email: `p${at}@example.test` }))
  const id = await app.addMessage(alice, {
    folderId,
    subject: 'Grüße',
    to,
    receivedAt: '2026-03-01T10:00:00.123456Z',
    text: 'Hello there',
    isStarred: true,
  })
  const { body } = await get(`/messages?folder_id=${folderId}`)
  assert.equal(body.next_cursor, null)
  assert.deepEqual(body.items, [
    {
      id,
      mail_account_id: alice.mailAccountId,
      folder_id: folderId,
      thread_id: id,
      subject: 'Grüße',
      from: { name: 'Ann Author', email: 'ann@example.test' },
      to: to.slice(0, 20),
      received_at: '2026-03-01T10:00:00.123Z',
      sent_at: '2026-03-01T10:00:00.123Z',
      size_bytes: 1000,
      preview: 'Hello there',
      is_read: false,
      is_starred: true,
      is_answered: false,
      is_draft: false,
      keywords: [],
      has_attachments: false,
      label_ids: [],
      is_pinned: false,
      snoozed_until: null,
    },
  ])
})

test('pages are complete, newest first and without doubles while mail arrives, to the microsecond', async () => {
  const folderId = await emptyFolder(alice)
  const times = ['05.000002', '05.000001', '05.000001', '05.000001', '05', '04.999999', '04.999', '03', '02']
  const ids: string[] = []
  for (const time of times) {
    ids.push(await app.addMessage(alice, { folderId, receivedAt: `2026-03-01T10:00:${time}Z` }))
  }
  const arrive = () => app.addMessage(alice, { folderId, receivedAt: '2026-03-01T11:00:00Z' })
  for (const limit of [1, 2, 4]) {
    const seen = (await walk(folderId, limit, arrive)).filter((id) => ids.includes(id))
    assert.deepEqual(new Set(seen), new Set(ids))
    assert.equal(seen.length, ids.length)
    assert.equal(seen[0], ids[0])
    assert.deepEqual(seen.slice(4), ids.slice(4))
  }
})

test('filters show only the unread, the starred, or what is both', async () => {
  const folderId = await emptyFolder(alice)
  const unread = await app.addMessage(alice, { folderId, receivedAt: '2026-03-01T10:00:01Z' })
  const both = await app.addMessage(alice, { folderId, isStarred: true, receivedAt: '2026-03-01T10:00:02Z' })
  const starred = await app.addMessage(alice, { folderId, isRead: true, isStarred: true, receivedAt: '2026-03-01' })
  const idsOf = async (filter: string) => {
    const { body } = await get(`/messages?folder_id=${folderId}&${filter}`)
    return body.items.map((item: { id: string }) => item.id)
  }
  assert.deepEqual(await idsOf('is_unread=true'), [both, unread])
  assert.deepEqual(await idsOf('is_starred=true'), [both, starred])
  assert.deepEqual(await idsOf('is_unread=true&is_starred=true'), [both])
  assert.equal((await get(`/messages?folder_id=${folderId}&is_unread=false`)).status, 400)
})

test('an empty folder is empty; that of somebody else, and one that is none, answer 404', async () => {
  const empty = await get(`/messages?folder_id=${alice.archive}`)
  assert.deepEqual(empty.body, { items: [], next_cursor: null })
  for (const folder of [bob.inbox, crypto.randomUUID()]) {
    const { status, body } = await get(`/messages?folder_id=${folder}`)
    assert.deepEqual([status, body.code], [404, 'not_found'])
  }
})

test('somebody else’s message answers 404 in every form, and their folder shows nothing of it', async () => {
  const id = await app.addMessage(bob, { folderId: bob.inbox, text: 'private' })
  for (const path of [`/messages/${id}`, `/messages/${id}/raw`, `/messages/${id}/attachments/1`]) {
    const { status, body } = await get(path)
    assert.deepEqual([path, status, body.code], [path, 404, 'not_found'])
  }
  assert.equal((await get(`/messages/${id}`, 'bob')).status, 200)
})

test('garbage for a cursor, a parameter or an id answers 400 and never 500', async () => {
  const cursorOf = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url')
  const id = crypto.randomUUID()
  const cursors = ['x', '%00', cursorOf(1), cursorOf([]), cursorOf(['infinity', id]), cursorOf(['2026-01-01', id])]
  cursors.push(cursorOf(['2026-02-30T00:00:00.000000Z', id]), cursorOf(['2026-01-01T00:00:00.000000Z', 'x\0']))
  const queries = cursors.map((cursor) => `folder_id=${alice.inbox}&cursor=${cursor}`)
  queries.push('', 'folder_id=7', `folder_id=${alice.inbox}&colour=red`, `folder_id=${alice.inbox}&limit=0`)
  queries.push(`folder_id=${alice.inbox}&limit=201`, `folder_id=${alice.inbox}&folder_id=${alice.inbox}&limit=1.5`)
  for (const query of queries) {
    const { status, body } = await get(`/messages?${query}`)
    assert.deepEqual([query, status, body.code], [query, 400, 'invalid_request_body'])
  }
  assert.equal((await get('/messages/not-a-uuid')).status, 400)
  assert.equal((await get(`/messages/${id}/attachments/..%2f1`)).status, 400)
})

test('a message that the server no longer shows is gone from lists and by its id', async () => {
  const folderId = await emptyFolder(alice)
  const id = await app.addMessage(alice, { folderId, text: 'Hi' })
  await app.database.updateTable('mail_location').set({ gone_at: new Date() }).where('message_id', '=', id).execute()
  assert.deepEqual((await get(`/messages?folder_id=${folderId}`)).body.items, [])
  assert.equal((await get(`/messages/${id}`)).status, 404)
})
