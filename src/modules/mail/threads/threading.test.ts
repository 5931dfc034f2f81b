import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { insertAccount, insertFolder, insertOwner, type MailboxRows } from '../../../../test/fixtures/mailbox-rows.ts'
import { openTestDatabase } from '../../../../test/harness/open-database.ts'
import { fc } from '../../../../test/harness/properties.ts'
import type { MailEvent } from '../events.ts'
import type { AccountContext } from '../sync/account-context.ts'
import type { Folder } from '../sync/folder-store.ts'
import { applyListing } from '../sync/listing-apply.ts'
import type { MessageRow } from '../sync/message-row.ts'
import { threadStoredMail } from '../sync/unthreaded.ts'
import { vanishedStore } from '../sync/vanished-store.ts'
import { maxThreadSize } from './thread-plan.ts'

type Sent = {
  id?: string | null
  replyTo?: string | null
  references?: string[]
  subject?: string
  from?: string
  to?: string[]
  day?: number
  serverThreadId?: string
}

const day = 86_400_000
const address = (email: string) => ({ name: '', email })

/** A listed message; its UID is its identity in these tests. */
function row(uid: number, sent: Sent): MessageRow {
  const date = new Date(Date.UTC(2026, 0, 1) + (sent.day ?? 0) * day + uid * 1000)
  return {
    uid,
    modseq: null,
    flags: { isRead: false, isStarred: false, isAnswered: false, isDraft: false, keywords: [] },
    rawFlags: [],
    messageIdHeader: sent.id === undefined ? `<${uid}@test>` : sent.id,
    inReplyTo: sent.replyTo ?? null,
    references: sent.references ?? [],
    serverEmailId: null,
    serverThreadId: sent.serverThreadId ?? null,
    subject: sent.subject ?? `Subject ${uid}`,
    from: address(sent.from ?? 'ann@test'),
    recipients: { to: (sent.to ?? ['me@test']).map(address) },
    sentAt: date,
    receivedAt: date,
    sizeBytes: 1000,
    hasAttachments: false,
    isStub: false,
    partsJson: '[]',
  }
}

suite('threads', () => {
  let opened: Awaited<ReturnType<typeof openTestDatabase>>
  let key: MailboxRows
  let folder: Folder

  before(async () => {
    opened = await openTestDatabase()
  })
  after(() => opened.close())
  beforeEach(freshMailbox)

  async function freshMailbox() {
    key = await insertAccount(opened.database, await insertOwner(opened.database))
    await opened.database
      .updateTable('mail_account')
      .set({ email: 'Me@test' })
      .where('id', '=', key.mailAccountId)
      .execute()
    const id = await insertFolder(opened.database, key, { path: 'INBOX', role: 'inbox' })
    folder = {
      id,
      path: 'INBOX',
      name: 'INBOX',
      delimiter: '/',
      role: 'inbox',
      isSelectable: true,
      uidvalidity: 1,
    } as Folder
  }

  async function list(...rows: MessageRow[]): Promise<MailEvent[]> {
    const applied = await opened.transact((tx) => applyListing(tx, key, folder, { rows, origin: 'found' }))
    return applied.events
  }

  /** The UIDs of each thread, smallest first. */
  async function partition(): Promise<number[][]> {
    const rows = await opened.database
      .selectFrom('mail_location as location')
      .innerJoin('mail_message as message', (join) =>
        join.onRef('message.owner_id', '=', 'location.owner_id').onRef('message.id', '=', 'location.message_id'),
      )
      .select(['location.uid', 'message.thread_id'])
      .where('location.owner_id', '=', key.ownerId)
      .orderBy('location.uid')
      .execute()
    return [...Map.groupBy(rows, (one) => one.thread_id).values()].map((thread) => thread.map(({ uid }) => uid))
  }

  async function expectThreads(sent: Sent[], expected: number[][]) {
    const rows = sent.map((one, at) => row(at + 1, one))
    for (const order of [rows, rows.toReversed()]) {
      await freshMailbox()
      for (const one of order) await list(one)
      assert.deepEqual(await partition(), expected)
    }
    await freshMailbox()
    await list(...rows)
    assert.deepEqual(await partition(), expected)
  }

  test('messages are one thread by In-Reply-To, by References, and by an ancestor that nobody has', async () => {
    await expectThreads(
      [
        { id: '<a@x>' },
        { id: '<b@x>', replyTo: '<a@x>' },
        { references: ['<a@x>', '<b@x>'] },
        { references: ['<lost@x>'] },
        { replyTo: '<lost@x>' },
        { subject: 'Subject 1' },
      ],
      [[1, 2, 3], [4, 5], [6]],
    )
  })

  test('whatever order and batches messages come in, their threads are the same', async () => {
    const mailbox = fc.array(
      fc.record({
        parent: fc.nat(30),
        kind: fc.constantFrom('new', 'reply', 'chain', 'twin', 'bare', 'cycle', 'stranger'),
        day: fc.nat(80),
        matter: fc.nat(3),
        from: fc.nat(3),
      }),
      { minLength: 2, maxLength: 25 },
    )
    const property = fc.asyncProperty(
      mailbox,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 9 })), { minLength: 3, maxLength: 3 }),
      async (letters, orders) => {
        const rows = letters.map((letter, at): MessageRow => {
          const parent = at === 0 ? undefined : letter.parent % at
          const names: Record<typeof letter.kind, Sent> = {
            new: {},
            stranger: { references: ['<lost@test>'] },
            reply: { replyTo: `<${(parent ?? at) + 1}@test>` },
            chain: {
              references: letters
                .slice(0, at)
                .flatMap((_, other) => (other % 3 === at % 3 ? `<${other + 1}@test>` : [])),
            },
            twin: { id: `<${(parent ?? at) + 1}@test>` },
            cycle: { references: [`<${at + 1}@test>`, `<${((at + 1) % letters.length) + 1}@test>`] },
            bare: { subject: `Re: Matter ${letter.matter}` },
          }
          const subject = `Matter ${letter.matter}`
          return row(at + 1, { subject, day: letter.day, from: `p${letter.from}@test`, ...names[letter.kind] })
        })
        const expected = expectedThreads(rows)
        for (const [seed, size] of orders) {
          await freshMailbox()
          const shuffled = rows.toSorted((a, b) => ((a.uid * 7919 + seed) % 101) - ((b.uid * 7919 + seed) % 101))
          for (let at = 0; at < shuffled.length; at += size) await list(...shuffled.slice(at, at + size))
          assert.deepEqual(await partition(), expected)
        }
      },
    )
    await fc.assert(property, { numRuns: 25, seed: 4 })
  })

  test('a reply that names nothing is joined by subject: within 30 days, with somebody else in common', async () => {
    const first = { subject: '[list] Boat trip', from: 'ann@test' }
    const reply = { from: 'me@test', to: ['ANN@test'], subject: 'AW: Re[2]: boat  trip' }
    await expectThreads([first, { ...reply, day: 29 }], [[1, 2]])
    await expectThreads([first, { ...reply, day: 31 }], [[1], [2]])
    await expectThreads([first, { ...reply, to: ['bob@test'] }], [[1], [2]])
    await expectThreads([first, { ...reply, subject: 'Boat trip' }], [[1], [2]])
    await expectThreads([first, { ...reply, subject: 'Fwd: Boat trip' }], [[1], [2]])
    await expectThreads([first, { ...reply, references: ['<other@x>'] }], [[1], [2]])
    await expectThreads(
      [
        { ...first, subject: '' },
        { ...reply, subject: 'Re:' },
      ],
      [[1], [2]],
    )
  })

  test('where the server threads its mail, its word counts alone', async () => {
    await expectThreads(
      [
        { id: '<a@x>', serverThreadId: '1' },
        { replyTo: '<a@x>', serverThreadId: '2' },
        { serverThreadId: '1' },
        { replyTo: '<a@x>', subject: 'Re: Subject 1' },
      ],
      [[1, 3], [2], [4]],
    )
  })

  test('a message that joins two threads merges the smaller into the larger, and tells so', async () => {
    await list(row(1, { id: '<a@x>' }), row(2, { replyTo: '<a@x>' }), row(3, { id: '<b@x>' }))
    const ids = async () =>
      (
        await opened.database
          .selectFrom('mail_message')
          .select('thread_id')
          .where('owner_id', '=', key.ownerId)
          .orderBy('received_at')
          .execute()
      ).map((one) => one.thread_id)
    const [larger, , smaller] = await ids()
    const events = await list(row(4, { references: ['<a@x>', '<b@x>'] }))
    assert.deepEqual(await partition(), [[1, 2, 3, 4]])
    assert.deepEqual(new Set(await ids()), new Set([larger]))
    const merges = [{ thread_id: larger, merged_thread_ids: [smaller] }]
    assert.deepEqual(events, [{ type: 'mail.thread_merged', data: { mail_account_id: key.mailAccountId, merges } }])
    await list(row(5, { replyTo: '<b@x>' }), row(6, { id: '<a@x>' }))
    assert.deepEqual(await partition(), [[1, 2, 3, 4, 5, 6]])
  })

  test('hostile headers do no harm: thousands of ids, empty ones, itself, the same Message-ID on everything', async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `<${at}@many>`)
    await expectThreads(
      [
        { references: many },
        { references: ['<0@many>'] },
        { references: [many.at(-1) ?? ''] },
        { references: ['<5000@many>'] },
        { id: '<self@x>', replyTo: '<self@x>', references: ['<self@x>', '<self@x>'] },
        { id: 'no brackets', replyTo: 'Your message of Tuesday', references: ['<>', '', '<a b>'] },
        { id: 'no brackets', replyTo: 'Your message of Tuesday' },
        { id: null },
        { id: null },
      ],
      [[1, 2, 3], [4], [5], [6], [7], [8], [9]],
    )
  })

  test('a thread ends at 500 messages and the next one goes on, for copies of one Message-ID as for replies', async () => {
    const count = 2 * maxThreadSize + 50
    const rows = Array.from({ length: count }, (_, at) =>
      row(at + 1, at % 2 ? { id: '<same@x>' } : { id: `<${at}@x>`, replyTo: '<same@x>' }),
    )
    for (let at = 0; at < count; at += 70) await list(...rows.slice(at, at + 70))
    await list(...rows.slice(0, 5), row(count + 1, { replyTo: '<same@x>' }))
    const sizes = (await partition()).map((thread) => thread.length)
    assert(sizes.every((size) => size <= maxThreadSize))
    assert.deepEqual(sizes.length, 3)
    assert.equal(
      sizes.reduce((sum, size) => sum + size),
      count + 1,
    )
    await freshMailbox()
    await list(...Array.from({ length: 600 }, (_, at) => row(at + 1, { references: ['<root@x>'] })))
    assert.deepEqual(
      (await partition()).map((thread) => thread.length),
      [500, 100],
    )
  })

  test('what was stored by a release without threads is threaded by the next pass, with what came since', async () => {
    await list(row(1, { id: '<a@x>' }), row(2, { replyTo: '<a@x>' }), row(3, { subject: 'Boat', from: 'bob@test' }))
    const forgotten = { thread_id: null, subject_key: null, is_bare_reply: false }
    await opened.database.updateTable('mail_message').set(forgotten).where('owner_id', '=', key.ownerId).execute()
    await opened.database.deleteFrom('mail_thread_reference').where('owner_id', '=', key.ownerId).execute()
    await list(row(4, { replyTo: '<a@x>' }), row(5, { subject: 'Re: Boat', from: 'bob@test' }))
    await threadStoredMail({
      key,
      database: opened.database,
      commit: opened.transact,
      events: { append: async () => undefined },
    } as unknown as AccountContext)
    assert.deepEqual(await partition(), [
      [1, 2, 4],
      [3, 5],
    ])
  })

  test('nothing is remembered of a thread whose messages are all gone, and all of one that has some left', async () => {
    const references = () =>
      opened.database.selectFrom('mail_thread_reference').selectAll().where('owner_id', '=', key.ownerId).execute()
    await list(row(1, { references: ['<a@x>'] }), row(2, { references: ['<a@x>', '<b@x>'] }))
    const remove = (uid: number) =>
      opened.transact(async (tx) => {
        await vanishedStore.markGone(tx, key, folder, [uid])
        const departed = await vanishedStore.removeDeparted(tx, key, 0, new Date(Date.now() + day))
        await vanishedStore.removeHomeless(
          tx,
          key,
          departed.map((one) => one.message_id),
        )
      })
    await remove(1)
    assert.equal((await references()).length, 3)
    await list(row(3, { replyTo: '<1@test>' }))
    assert.deepEqual(await partition(), [[2, 3]])
    await remove(2)
    await remove(3)
    assert.equal((await references()).length, 0)
  })
})

/** The same by brute force: everything that is linked, step by step, until nothing changes. */
function expectedThreads(rows: readonly MessageRow[]): number[][] {
  const base = (subject: string) => subject.replace(/^Re: /, '')
  const isBare = (one: MessageRow) => one.subject.startsWith('Re: ') && !one.inReplyTo && one.references.length === 0
  const ids = (one: MessageRow) => [one.messageIdHeader, one.inReplyTo, ...one.references].filter((id) => id !== null)
  const areLinked = (a: MessageRow, b: MessageRow) =>
    ids(a).some((id) => ids(b).includes(id)) ||
    ((isBare(a) || isBare(b)) &&
      base(a.subject) === base(b.subject) &&
      a.from.email === b.from.email &&
      Math.abs(Number(a.sentAt) - Number(b.sentAt)) <= 30 * day)
  const threads: MessageRow[][] = []
  const left = new Set(rows)
  for (const first of rows) {
    if (!left.delete(first)) continue
    const thread = [first]
    for (const one of thread) {
      for (const other of left) {
        if (!areLinked(one, other)) continue
        thread.push(other)
        left.delete(other)
      }
    }
    threads.push(thread)
  }
  return threads.map((thread) => thread.map(({ uid }) => uid).sort((a, b) => a - b))
}
