import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { sql } from 'kysely'
import {
  insertAccount,
  insertFolder,
  insertMessage,
  insertOwner,
  type MailboxRows,
} from '../../../../test/fixtures/mailbox-rows.ts'
import { openTestDatabase } from '../../../../test/harness/open-database.ts'
import type { Tx } from '../../../platform/database/database.ts'
import { phraseQuery } from '../../../platform/words/word-query.ts'
import { bodyColumns, type FetchedHtml, htmlColumns } from './body-columns.ts'
import { spanOf, storeBodies, storeHtml, storeIndexed } from './body-store.ts'
import { indexedBody } from './indexed-body.ts'

suite('bodies', () => {
  let db: Awaited<ReturnType<typeof openTestDatabase>>
  let account: MailboxRows
  let folderId: string
  before(async () => {
    db = await openTestDatabase()
    account = await insertAccount(db.database, await insertOwner(db.database))
    folderId = await insertFolder(db.database, account, { path: 'INBOX' })
  })
  after(() => db.close())

  async function store(body: { text?: string; html?: string }, subject = 'Hello') {
    const from = { name: 'Ann Müller', email: 'ann.mueller@mail.example.com' }
    const messageId = await insertMessage(db, account, { folderId, subject, from })
    const { text = null, html = null } = body
    const row = { messageId, text, html, isTruncated: false }
    await db.transact((tx) => storeBodies(tx, account.ownerId, [row]))
    return messageId
  }
  async function finds(messageId: string, words: string): Promise<boolean> {
    const { rows } = await sql<{ found: boolean }>`
      select words @@ ${phraseQuery(words)}::tsquery as found from mail_search
      where owner_id = ${account.ownerId} and message_id = ${messageId}`.execute(db.database)
    return rows[0]?.found ?? false
  }
  const message = (id: string) =>
    db.database.selectFrom('mail_message').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

  test('20: a message is found by its subject, its text, and any part of an address', async () => {
    const id = await store({ text: 'See you at the Café tomorrow.' }, 'Lunch plans')
    for (const words of ['lunch', 'cafe', 'tomorrow', 'muller', 'mueller', 'example', 'ann.mueller@mail.example.com']) {
      assert(await finds(id, words), words)
    }
    assert(!(await finds(id, 'dinner')))
    assert.equal((await message(id)).body_state, 'stored')
  })

  const completeHtml = (html: FetchedHtml[]) => {
    const key = { ...account, ...spanOf([new Date('2020-01-01'), new Date()]) }
    return db.transact((tx) => storeHtml(tx, key, htmlColumns(html)))
  }
  const bodyOf = (id: string) =>
    db.database.selectFrom('mail_body').selectAll().where('message_id', '=', id).executeTakeFirstOrThrow()

  test('words come first: a message is found before its HTML is there, and complete after', async () => {
    const id = await insertMessage(db, account, { folderId, subject: 'Two steps' })
    const row = { messageId: id, html: null, isTruncated: false }
    await db.transact((tx) => storeBodies(tx, account.ownerId, [{ ...row, text: 'plainly said', isHtmlPending: true }]))
    assert(await finds(id, 'plainly'))
    assert.equal((await message(id)).body_state, 'indexed')
    const html = [{ messageId: id, html: '<b>plainly</b> said', isTruncated: true }]
    await completeHtml(html)
    const { text_body, html_body, is_truncated } = await bodyOf(id)
    assert.deepEqual([text_body, html_body, is_truncated], ['plainly said', '<b>plainly</b> said', true])
    assert.equal((await message(id)).body_state, 'stored')
  })

  test('a body that a reader completed meanwhile is not undone by either step', async () => {
    const id = await store({ text: 'whole', html: '<p>whole</p>' })
    const row = { messageId: id, html: null, isTruncated: false }
    await db.transact((tx) => storeBodies(tx, account.ownerId, [{ ...row, text: 'late', isHtmlPending: true }]))
    await completeHtml([{ ...row, html: 'later' }])
    assert.deepEqual([(await bodyOf(id)).text_body, (await bodyOf(id)).html_body], ['whole', '<p>whole</p>'])
    assert.equal((await message(id)).body_state, 'stored')
  })

  test('the preview of HTML is what a person reads, on one line of 200 characters', async () => {
    const html = `<style>p{color:red}</style><p>Big   <b>news</b></p>\n<p>&zwnj;&nbsp;&zwnj;&nbsp;</p>${'<p>more</p>'.repeat(100)}`
    const { preview } = await message(await store({ html }))
    assert(preview.startsWith('Big news more more'), preview)
    assert.equal(preview.length, 200)
  })

  test('20: more different words than a tsvector holds are cut, not refused', async () => {
    const text = Array.from({ length: 90_000 }, (_, at) => `w${at.toString(36)}x${(at * 7919).toString(36)}`).join(' ')
    const id = await store({ text: `begin ${text}` }, 'Huge')
    assert(await finds(id, 'begin'))
    assert(await finds(id, 'huge'))
  })

  test('HTML nested 100,000 levels deep is stored', async () => {
    const id = await store({ html: `${'<div>'.repeat(100_000)}deep` })
    assert.equal((await message(id)).body_state, 'stored')
  })

  test('a batch in a large mailbox of which no statistics are known reads its own messages alone', async () => {
    const large = await insertAccount(db.database, await insertOwner(db.database))
    const folder = await insertFolder(db.database, large, { path: 'INBOX' })
    const first = await insertMessage(db, large, { folderId: folder })
    const copies = await sql<{ id: string }>`
      insert into mail_message select (jsonb_populate_record(message, jsonb_build_object('id', copy))).*
      from mail_message as message, lateral (
        select overlay(message.id::text placing lpad(to_hex(copy), 12, '0') from 25) as copy
        from generate_series(1, 5000) as copy
      ) as copies
      where owner_id = ${large.ownerId} and id = ${first}
      returning id`.execute(db.database)
    const rows = copies.rows.slice(2000, 2100).map(({ id }) => ({ messageId: id, isTruncated: false, text: 'a text' }))
    const words = bodyColumns(
      rows.map((row) => indexedBody({ ...row, html: null, isHtmlPending: true }, { subject: '', people: [] })),
    )
    const html = htmlColumns(rows.map((row) => ({ ...row, html: '<p>a text</p>' })))
    const key = { ...large, ...spanOf([new Date('2020-01-01'), new Date()]) }
    for (const store of [(tx: Tx) => storeIndexed(tx, key, words), (tx: Tx) => storeHtml(tx, key, html)]) {
      const read = await db.transact(async (tx) => {
        const before = await messagesRead(tx)
        await store(tx)
        return (await messagesRead(tx)) - before
      })
      // The version before the last update may be met, too.
      assert(read <= 2 * rows.length, `${read} rows were read for ${rows.length}.`)
    }
  })

  test('storing again replaces, and a message that is gone is skipped', async () => {
    const id = await store({ text: 'first' })
    const row = { text: 'second', html: null, isTruncated: false }
    await db.transact((tx) =>
      storeBodies(tx, account.ownerId, [
        { ...row, messageId: id },
        { ...row, messageId: '00000000-0000-7000-8000-000000000000' },
      ]),
    )
    assert(await finds(id, 'second'))
    assert(!(await finds(id, 'first')))
  })
})

/** Rows of messages that this connection has read lately, those of its earlier transactions included. */
async function messagesRead(tx: Tx): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select sum(seq_tup_read + idx_tup_fetch)::int as count from pg_stat_xact_user_tables
    where relid in (select inhrelid from pg_inherits where inhparent = 'mail_message'::regclass)`.execute(tx)
  return rows[0]?.count ?? Number.NaN
}
