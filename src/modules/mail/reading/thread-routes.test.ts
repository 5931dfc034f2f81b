import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { sql } from 'kysely'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { insertFolder, type MessageRows } from '../../../../test/fixtures/mailbox-rows.ts'
import { newId } from '../../../platform/ids.ts'

suite('threads', () => {
  let app: MailboxApp
  let alice: MailboxOwner
  let inbox: string
  let sent: string
  let trash: string
  let user = 0

  before(async () => {
    app = await startMailboxApp()
  })
  after(() => app.close())
  beforeEach(async () => {
    user += 1
    alice = await app.mailboxOf(`alice${user}`)
    inbox = alice.inbox
    sent = await insertFolder(app.database, alice, { path: 'Sent', role: 'sent' })
    trash = await insertFolder(app.database, alice, { path: 'Trash', role: 'trash' })
  })

  const get = (path: string, as = alice.user) => app.request('GET', `/api/v1/mail${path}`, { as })
  const list = async (folderId: string) => (await get(`/threads?folder_id=${folderId}`)).body.items

  /** Messages of one thread, a minute apart. Answers their ids. */
  async function addThread(messages: Partial<MessageRows>[], hour = 10): Promise<{ threadId: string; ids: string[] }> {
    const threadId = newId()
    const ids: string[] = []
    for (const [minute, message] of messages.entries()) {
      const receivedAt = `2026-03-01T${hour}:${String(minute).padStart(2, '0')}:00Z`
      const id = await app.addMessage(alice, { folderId: inbox, receivedAt, ...message })
      await app.database.updateTable('mail_message').set({ thread_id: threadId }).where('id', '=', id).execute()
      ids.push(id)
    }
    return { threadId, ids }
  }

  /** All conversations of the inbox, page by page. */
  async function walk(limit: number): Promise<string[]> {
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const from: string = cursor && `&cursor=${cursor}`
      const { body } = await get(`/threads?folder_id=${inbox}&limit=${limit}${from}`)
      assert(body.items.length <= limit)
      seen.push(...body.items.map((item: { id: string }) => item.id))
      cursor = body.next_cursor
    }
    return seen
  }

  test('an item says what a list of conversations shows, of all folders but Trash', async () => {
    const ann = { name: 'Ann', email: 'ann@example.test' }
    const { threadId, ids } = await addThread([
      { subject: 'Trip', from: ann, text: 'Shall we?', isRead: true, isStarred: true },
      { subject: 'Re: Trip', from: { name: 'Me', email: 'me@example.test' }, folderId: sent, isRead: true },
      { subject: 'Re: Trip', from: { ...ann, email: 'ANN@example.test' }, text: 'Great' },
      { subject: 'Re: Trip', folderId: trash },
      { subject: 'Re: Trip', folderId: sent, text: 'Bye', isRead: true },
    ])
    const [item, ...others] = await list(inbox)
    assert.deepEqual(others, [])
    assert.deepEqual(item, {
      id: threadId,
      mail_account_id: alice.mailAccountId,
      subject: 'Trip',
      participants: [
        { name: 'Ann Author', email: 'ann@example.test' },
        { name: 'Me', email: 'me@example.test' },
      ],
      message_count: 4,
      unread_count: 1,
      has_attachments: false,
      is_starred: true,
      is_pinned: false,
      is_muted: false,
      label_ids: [],
      preview: 'Great',
      last_received_at: '2026-03-01T10:02:00.000Z',
      message_ids: [ids[2], ids[0]],
    })
    assert.equal((await list(trash))[0].message_count, 5)
  })

  test('pages are complete, in the order of the newest message in the folder, each conversation once', async () => {
    const expected: string[] = []
    for (let hour = 10; hour < 20; hour++) {
      const size = 1 + (hour % 4)
      const letters = Array.from({ length: size }, (_, at) => ({ folderId: at % 3 === 2 ? sent : inbox }))
      expected.unshift((await addThread(letters, hour)).threadId)
    }
    // An old conversation with a new message is at the top; one that was only answered is not.
    const old = expected.pop() ?? ''
    const newest = await app.addMessage(alice, { folderId: inbox, receivedAt: '2026-03-02T00:00:00Z' })
    await app.database.updateTable('mail_message').set({ thread_id: old }).where('id', '=', newest).execute()
    for (const limit of [1, 3, 20]) assert.deepEqual(await walk(limit), [old, ...expected])
  })

  test('a folder of long conversations is walked to its end, each of them once', async () => {
    const long = newId()
    const [first, last] = [await addThread([{}], 9), await addThread([{}], 23)]
    await sql`
      with message as (
        insert into mail_message (owner_id, id, mail_account_id, thread_id, received_at)
        select ${alice.ownerId}, gen_random_uuid(), ${alice.mailAccountId}, ${long},
          timestamptz '2026-03-01T12:00:00Z' + make_interval(secs => n)
        from generate_series(1, 2500) as n returning id, received_at
      )
      insert into mail_location (owner_id, folder_id, uidvalidity, uid, mail_account_id, message_id, shown_folder_id, received_at)
      select ${alice.ownerId}, ${inbox}, 2, row_number() over (), ${alice.mailAccountId}, id, ${inbox}, received_at
      from message`.execute(app.database)
    for (const limit of [1, 50]) {
      const seen = await walk(limit)
      assert.deepEqual(seen, [last.threadId, long, first.threadId])
    }
    assert.equal((await get(`/threads/${long}`)).body.messages.length, 500)
  })

  test('counts follow whatever happens to messages: read, starred, moved, vanished', async () => {
    const { ids } = await addThread([{}, {}, {}])
    const change = (id: string | undefined, body: object) =>
      app.request('PATCH', `/api/v1/mail/messages/${id}`, { as: alice.user, body })
    const shown = async (folderId: string) =>
      (await list(folderId)).map((item: { message_count: number; unread_count: number; message_ids: string[] }) => [
        item.message_count,
        item.unread_count,
        item.message_ids,
      ])
    assert.deepEqual(await shown(inbox), [[3, 3, [ids[2], ids[1], ids[0]]]])
    assert.equal((await change(ids[0], { is_read: true, is_starred: true })).status, 200)
    assert.deepEqual(await shown(inbox), [[3, 2, [ids[2], ids[1], ids[0]]]])
    await change(ids[2], { folder_id: alice.archive })
    assert.deepEqual(await shown(inbox), [[3, 2, [ids[1], ids[0]]]])
    assert.deepEqual(await shown(alice.archive), [[3, 2, [ids[2]]]])
    await change(ids[1], { folder_id: trash })
    assert.deepEqual(await shown(inbox), [[2, 1, [ids[0]]]])
    await app.database
      .updateTable('mail_location')
      .set({ gone_at: new Date() })
      .where('message_id', '=', ids[0] ?? '')
      .execute()
    assert.deepEqual(await shown(inbox), [])
    assert.deepEqual(await shown(alice.archive), [[1, 1, [ids[2]]]])
  })

  test('a conversation opens with its messages of all folders, the oldest first', async () => {
    const { threadId, ids } = await addThread([
      { text: 'One' },
      { folderId: sent, isRead: true },
      {},
      { folderId: trash },
    ])
    const { status, body } = await get(`/threads/${threadId}`)
    const summary = [body.id, body.message_count, body.unread_count, body.messages.length, body.last_received_at]
    assert.deepEqual([status, ...summary], [200, threadId, 3, 2, 3, '2026-03-01T10:02:00.000Z'])
    const items = (await get(`/messages?folder_id=${inbox}`)).body.items
    assert.deepEqual([body.messages[0], body.messages[2]], [items[1], items[0]])
    const idsOf = async (path: string) => (await get(path)).body.messages.map((one: { id: string }) => one.id)
    assert.deepEqual(await idsOf(`/threads/${threadId}?folder_id=${inbox}`), ids.slice(0, 3))
    assert.deepEqual(await idsOf(`/threads/${threadId}?folder_id=${trash}`), ids)
    const message = await get(`/messages/${ids[3]}`)
    assert.equal(message.body.thread_id, threadId)
  })

  test('a conversation that lies in Trash alone opens there', async () => {
    const { threadId, ids } = await addThread([{ folderId: trash }, { folderId: trash }])
    const { body } = await get(`/threads/${threadId}`)
    assert.deepEqual(
      body.messages.map((one: { id: string }) => one.id),
      ids,
    )
  })

  test('a message in a folder and in All Mail counts once', async () => {
    const all = await insertFolder(app.database, alice, { path: 'All Mail', role: 'all' })
    const { threadId, ids } = await addThread([{}, {}, { folderId: all }, { folderId: all }])
    for (const [copy, original] of [[ids[2], ids[0]]]) {
      const message_id_header = `<${original}@example.test>`
      await app.database
        .updateTable('mail_message')
        .set({ message_id_header })
        .where('id', '=', copy ?? '')
        .execute()
    }
    assert.equal((await list(inbox))[0].message_count, 3)
    const { body } = await get(`/threads/${threadId}`)
    assert.deepEqual(
      body.messages.map((one: { id: string }) => one.id),
      [ids[0], ids[1], ids[3]],
    )
    assert.deepEqual((await list(all))[0].message_ids, [ids[3], ids[2]])
  })

  test('a message from before there were threads is one of its own', async () => {
    const id = await app.addMessage(alice, { folderId: inbox, subject: 'Old' })
    const [item] = await list(inbox)
    assert.deepEqual([item.id, item.message_count, item.message_ids], [id, 1, [id]])
    assert.deepEqual(
      (await get(`/threads/${id}`)).body.messages.map((one: { id: string }) => one.id),
      [id],
    )
  })

  test('what is somebody else’s, or nothing, answers 404; garbage 400', async () => {
    const { threadId, ids } = await addThread([{}])
    const bob = await app.mailboxOf(`bob${user}`)
    const none = crypto.randomUUID()
    const missing = [`/threads/${threadId}`, `/threads/${ids[0]}`, `/threads/${none}`, `/threads?folder_id=${inbox}`]
    for (const path of missing) {
      const { status, body } = await get(path, bob.user)
      assert.deepEqual([path, status, body.code], [path, 404, 'not_found'])
    }
    assert.equal((await get(`/threads/${threadId}?folder_id=${bob.inbox}`)).status, 404)
    for (const query of ['', 'folder_id=7', `folder_id=${inbox}&cursor=x`, `folder_id=${inbox}&colour=red`]) {
      assert.equal((await get(`/threads?${query}`)).status, 400)
    }
    assert.deepEqual((await get(`/threads?folder_id=${alice.archive}`)).body, { items: [], next_cursor: null })
  })
})
