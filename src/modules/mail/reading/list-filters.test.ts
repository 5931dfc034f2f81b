import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { sql } from 'kysely'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { insertAccount, insertFolder, type MailboxRows } from '../../../../test/fixtures/mailbox-rows.ts'
import { newId } from '../../../platform/ids.ts'

type Letter = {
  id: string
  threadId: string
  folder: string
  minute: number
  isUnread: boolean
  isStarred: boolean
  hasAttachments: boolean
  isLabelled: boolean
  from: string
  to: string[]
}

const start = Date.UTC(2026, 2, 1)
const timeOf = (minute: number) => new Date(start + minute * 60_000).toISOString()
const senders = ['ann@example.test', 'Bob@Lists.Example.Test', 'carol@badexample.test', 'dan@other.test']

suite('list filters', () => {
  let app: MailboxApp
  let alice: MailboxOwner
  let label: string
  let folders: Record<'inbox' | 'archive' | 'trash' | 'secondInbox', string>
  const letters: Letter[] = []

  before(async () => {
    app = await startMailboxApp()
    alice = await app.mailboxOf('alice')
    const second = await insertAccount(app.database, alice.ownerId)
    folders = {
      inbox: alice.inbox,
      archive: alice.archive,
      trash: await insertFolder(app.database, alice, { path: 'Trash', role: 'trash' }),
      secondInbox: await insertFolder(app.database, second, { path: 'INBOX', role: 'inbox' }),
    }
    label = await addLabel(alice.ownerId)
    for (let at = 0; at < 60; at++) await addLetter(at, second)
  })
  after(() => app.close())

  async function addLabel(ownerId: string): Promise<string> {
    const id = newId()
    const row = { owner_id: ownerId, id, name: `Label ${id}`, color: '#ff0000', keyword: `k${id}` }
    await app.database.insertInto('mail_label').values(row).execute()
    return id
  }

  /** Every combination of what is filtered by comes about: each has a period of its own. */
  async function addLetter(at: number, second: MailboxRows): Promise<void> {
    const names = ['inbox', 'archive', 'secondInbox', 'trash'] as const
    const name = names[at % 7 === 6 ? 3 : at % 3] ?? 'inbox'
    const letter = {
      folder: folders[name],
      minute: at,
      isUnread: at % 2 === 0,
      isStarred: at % 5 < 2,
      hasAttachments: at % 3 === 0,
      isLabelled: at % 4 < 2,
      from: senders[at % senders.length] ?? '',
      to: at % 6 === 0 ? ['team@example.test', 'Eve@example.test'] : ['alice@example.test'],
    }
    const owner = name === 'secondInbox' ? second : alice
    const id = await app.addMessage(owner, {
      folderId: letter.folder,
      receivedAt: timeOf(at),
      ...{ isRead: !letter.isUnread, isStarred: letter.isStarred, hasAttachments: letter.hasAttachments },
      from: { name: '', email: letter.from },
      to: letter.to.map((email) => ({ name: '', email })),
      text: 'Hello',
    })
    const threadId =
      letters.find((other) => at % 9 > 4 && other.minute === at - 3 && other.folder !== folders.trash)?.threadId ?? id
    await app.database.updateTable('mail_message').set({ thread_id: threadId }).where('id', '=', id).execute()
    if (letter.isLabelled) await applyLabel(alice.ownerId, id, at)
    letters.push({ id, threadId, ...letter })
  }

  const applyLabel = (owner_id: string, message_id: string, at: number) =>
    app.database
      .insertInto('mail_message_label')
      .values({ owner_id, message_id, label_id: label, received_at: timeOf(at) })
      .execute()

  type Item = { id: string; message_ids: string[] }

  async function walk(kind: 'messages' | 'threads', query: string, limit: number): Promise<Item[]> {
    const items: Item[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const from: string = cursor && `&cursor=${cursor}`
      const { status, body } = await app.request('GET', `/api/v1/mail/${kind}?${query}&limit=${limit}${from}`, {
        as: 'alice',
      })
      assert.equal(status, 200, JSON.stringify(body))
      items.push(...body.items)
      cursor = body.next_cursor
    }
    return items
  }

  const filters: [query: string, isShown: (letter: Letter) => boolean][] = [
    ['', () => true],
    ['is_unread=true', (one) => one.isUnread],
    ['is_starred=true&is_unread=true', (one) => one.isStarred && one.isUnread],
    ['has_attachments=true', (one) => one.hasAttachments],
    ['from=ANN%40example.test', (one) => one.from === senders[0]],
    ['from=example.test', (one) => one.from === senders[0] || one.from === senders[1]],
    ['from=%40other.test&is_unread=true', () => false],
    ['to=eve%40example.test', (one) => one.to.length === 2],
    [`received_after=${timeOf(10)}`, (one) => one.minute >= 10],
    [
      `received_before=${timeOf(40)}&received_after=${timeOf(10)}&has_attachments=true`,
      (one) => one.minute >= 10 && one.minute < 40 && one.hasAttachments,
    ],
  ]
  const places: [query: () => string, isIn: (letter: Letter) => boolean][] = [
    [() => `folder_id=${folders.inbox}`, (one) => one.folder === folders.inbox],
    [() => 'role=inbox', (one) => one.folder === folders.inbox || one.folder === folders.secondInbox],
    [() => `label_id=${label}`, (one) => one.isLabelled && one.folder !== folders.trash],
    [() => `label_id=${label}&folder_id=${folders.trash}`, (one) => one.isLabelled && one.folder === folders.trash],
    [
      () => `label_id=${label}&role=inbox`,
      (one) => one.isLabelled && (one.folder === folders.inbox || one.folder === folders.secondInbox),
    ],
  ]

  test('messages: each filter in each place shows what it says, newest first, page by page', async () => {
    for (const [place, isIn] of places) {
      for (const [filter, isShown] of filters) {
        const expected = letters.filter((one) => isIn(one) && isShown(one)).toReversed()
        const items = await walk('messages', `${place()}&${filter}`, 7)
        assert.deepEqual(
          items.map(({ id }) => id),
          expected.map(({ id }) => id),
          `${place()} ${filter}`,
        )
      }
    }
  })

  test('conversations: listed where their newest matching message stands, with all that they have in that place', async () => {
    for (const [place, isIn] of places) {
      for (const [filter, isShown] of filters) {
        const matching = letters.filter((one) => isIn(one) && isShown(one)).toReversed()
        const threads = [...new Set(matching.map(({ threadId }) => threadId))]
        const items = await walk('threads', `${place()}&${filter}`, 4)
        assert.deepEqual(
          items.map(({ id }) => id),
          threads,
          `${place()} ${filter}`,
        )
        if (place().includes(folders.trash)) continue
        for (const item of items) {
          const members = letters.filter((one) => one.threadId === item.id && isIn(one)).toReversed()
          assert.deepEqual(
            item.message_ids,
            members.map(({ id }) => id),
          )
        }
      }
    }
  })

  test('where thousands are walked over for a few, every one of them is found', async () => {
    const bob = await app.mailboxOf('bob')
    const bobsLabel = await addLabel(bob.ownerId)
    await sql`
      with message as (
        insert into mail_message (owner_id, id, mail_account_id, received_at, from_email)
        select ${bob.ownerId}, gen_random_uuid(), ${bob.mailAccountId}, timestamptz '2026-03-01' + make_interval(secs => n),
          case when n % 1300 = 7 then 'rare@example.test' else 'often@example.test' end
        from generate_series(1, 3500) as n returning id, received_at, from_email
      ), word as (
        insert into mail_search (owner_id, message_id, mail_account_id, received_at, words)
        select ${bob.ownerId}, id, ${bob.mailAccountId}, received_at, 'often:1B example:2B,6B test:3B,7B rare:5B'::tsvector from message
      ), labelled as (
        insert into mail_message_label (owner_id, message_id, label_id, received_at)
        select ${bob.ownerId}, id, ${bobsLabel}, received_at from message
      )
      insert into mail_location (owner_id, folder_id, uidvalidity, uid, mail_account_id, message_id, shown_folder_id, received_at, is_starred)
      select ${bob.ownerId}, ${bob.inbox}, 3, row_number() over (), ${bob.mailAccountId}, id, ${bob.inbox}, received_at,
        from_email = 'rare@example.test'
      from message`.execute(app.database)
    const list = async (kind: string, query: string) => {
      const ids = new Set<string>()
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { body }: { body: { items: Item[]; next_cursor: string | null } } = await app.request(
          'GET',
          `/api/v1/mail/${kind}?${query}${cursor && `&cursor=${cursor}`}`,
          { as: 'bob' },
        )
        assert(body.items.length > 0 || body.next_cursor === null)
        for (const { id } of body.items) ids.add(id)
        cursor = body.next_cursor
      }
      return ids.size
    }
    for (const kind of ['messages', 'threads']) {
      assert.equal(await list(kind, `folder_id=${bob.inbox}&from=rare%40example.test`), 3)
      assert.equal(await list(kind, `label_id=${bobsLabel}&from=rare%40example.test`), 3)
      assert.equal(await list(kind, `label_id=${bobsLabel}&is_starred=true&limit=2`), 3)
      assert.equal(await list(kind, `role=inbox&from=nobody%40example.test`), 0)
    }
  })

  test('what is somebody else’s answers 404; a list of nothing, or by half an address, 400', async () => {
    const get = (query: string, as = 'alice') => app.request('GET', `/api/v1/mail/messages?${query}`, { as })
    await app.mailboxOf('carol')
    for (const query of [`label_id=${label}`, `label_id=${label}&role=inbox`]) {
      const { status, body } = await get(query, 'carol')
      assert.deepEqual([status, body.code], [404, 'not_found'])
    }
    assert.deepEqual((await get('role=archive', 'carol')).body.items, [])
    const refused = [
      '',
      'is_unread=true',
      'role=boss',
      'role=inbox&from=ann',
      'role=inbox&to=a@b@c',
      'role=inbox&from=ann%40',
    ]
    refused.push(
      'role=inbox&received_after=yesterday',
      'role=inbox&has_attachments=false',
      'role=inbox&from=a%00b.test',
    )
    for (const query of refused) {
      const { status, body } = await get(query)
      assert.deepEqual([query, status, body.code], [query, 400, 'invalid_request_body'])
    }
    const strange = encodeURIComponent('\'%_\\"&|!:*@example.test')
    assert.deepEqual((await get(`role=inbox&from=${strange}`)).body.items, [])
  })
})
