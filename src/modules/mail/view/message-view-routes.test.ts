import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { recordWrittenTo } from '../correspondents/correspondents.ts'
import { storeBodies } from '../sync/body-store.ts'

let app: MailboxApp
let alice: MailboxOwner

before(async () => {
  app = await startMailboxApp()
  alice = await app.mailboxOf('alice')
})
after(() => app.close())

const get = (path: string, as = 'alice', headers: Record<string, string> = {}) =>
  app.request('GET', `/api/v1/mail${path}`, { as, headers })

test('a message comes with its body sanitised, its attachments, and inline images under our own address', async () => {
  const parts = [
    { part: '1.1', type: 'text/plain', cid: null, disposition: null, filename: null },
    { part: '1.2', type: 'text/html', cid: null, disposition: null, filename: null },
    { part: '2', type: 'image/png', cid: 'logo@x', disposition: 'inline' as const, filename: null },
    { part: '3', type: 'application/pdf', cid: null, disposition: 'attachment' as const, filename: 'plan.pdf' },
  ].map((part) => ({ ...part, encoding: '7bit', charset: null, size: 10 }))
  const html = '<p onclick="x()">Hi<script>x()</script><img src="cid:logo@x"><img src="https://track.test/1.gif"></p>'
  const id = await app.addMessage(alice, { folderId: alice.inbox, text: 'Hi', html, parts })
  const { body } = await get(`/messages/${id}`)
  const { html: shown, ...rest } = body.body
  const [, address] =
    /^<p>Hi<img src="(\/api\/v1\/mail\/images\/[\w.-]+)" \/><img data-remote-src="https:\/\/track.test\/1.gif" \/><\/p>$/.exec(
      shown,
    ) ?? []
  assert(address, shown)
  assert.deepEqual(rest, {
    ...{ state: 'stored', text: 'Hi', text_quotes: [], html_colors: 'none', html_document_type: '' },
    ...{ is_truncated: false, blocked_remote_images: 1, tracking_pixels: 0 },
  })
  assert.deepEqual((await get(`/messages/${id}`)).body.body.html, shown)
  const asked = (await get(`/messages/${id}?remote_images=true`)).body.body.html
  assert.match(asked, /^<p>Hi<img src="[^"]+" \/><img src="\/api\/v1\/mail\/images\/[\w.-]+" \/><\/p>$/)
  const [logo, plan] = body.attachments
  assert.deepEqual([logo.id, logo.is_inline, logo.content_id], ['2', true, 'logo@x'])
  assert.deepEqual([plan.id, plan.is_inline, plan.filename], ['3', false, 'plan.pdf'])
})

test('an ETag that is known answers 304, until the message changes', async () => {
  const id = await app.addMessage(alice, { folderId: alice.inbox, text: 'Hi' })
  const first = await get(`/messages/${id}`)
  const etag = first.headers.get('etag') ?? ''
  assert.match(etag, /^W\/"[\w-]{22}"$/)
  for (const known of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
    const again = await get(`/messages/${id}`, 'alice', { 'if-none-match': known })
    assert.deepEqual([again.status, again.body, again.headers.get('etag')], [304, undefined, etag])
  }
  await app.database.updateTable('mail_location').set({ is_read: true }).where('message_id', '=', id).execute()
  const changed = await get(`/messages/${id}`, 'alice', { 'if-none-match': etag })
  assert.deepEqual([changed.status, changed.body.is_read], [200, true])
})

test('sanitised HTML is kept, until the body is stored anew or the sanitiser is another', async () => {
  const id = await app.addMessage(alice, { folderId: alice.inbox, text: 'Hi', html: '<p onclick=x()>One</p>' })
  const kept = () =>
    app.database
      .selectFrom('mail_body')
      .select(['clean_html', 'clean_version'])
      .where('message_id', '=', id)
      .executeTakeFirst()
  assert.equal((await get(`/messages/${id}`)).body.body.html, '<p>One</p>')
  const first = await kept()
  assert.deepEqual([first?.clean_html, typeof first?.clean_version], ['<p>One</p>', 'number'])
  await app.database.updateTable('mail_body').set({ clean_html: '<p>Kept</p>' }).where('message_id', '=', id).execute()
  assert.equal((await get(`/messages/${id}`)).body.body.html, '<p>Kept</p>')
  await app.database.updateTable('mail_body').set({ clean_version: 0 }).where('message_id', '=', id).execute()
  assert.equal((await get(`/messages/${id}`)).body.body.html, '<p>One</p>')
  const row = { messageId: id, mailAccountId: alice.mailAccountId, text: 'Hi', html: '<p>Two</p>', isTruncated: false }
  await app.transact((tx) => storeBodies(tx, alice.ownerId, [row]))
  assert.equal((await get(`/messages/${id}`)).body.body.html, '<p>Two</p>')
})

test('quotes are marked in text and HTML, tracking pixels counted and gone', async () => {
  const text = 'Yes.\n\nOn Monday, Ann wrote:\n> Really?\n> Yes?\n\nBye'
  const html =
    '<p>Yes.</p><blockquote type="cite">Really?</blockquote><img src="https://t.test/1.gif" width=1 height=1>'
  const id = await app.addMessage(alice, { folderId: alice.inbox, text, html })
  const { body } = (await get(`/messages/${id}`)).body
  assert.deepEqual(
    body.text_quotes.map(({ start, end }: { start: number; end: number }) => text.slice(start, end)),
    ['On Monday, Ann wrote:\n> Really?\n> Yes?\n'],
  )
  assert.equal(body.html, '<p>Yes.</p><blockquote data-quote="block">Really?</blockquote>')
  assert.deepEqual([body.tracking_pixels, body.blocked_remote_images], [1, 0])
})

test('a sender whose domain looks like one that the owner wrote to is warned of', async () => {
  await app.transact((tx) => recordWrittenTo(tx, alice.ownerId, ['Ann@Mail.Example.com', 'nobody', '']))
  const from = { name: 'Ann', email: 'ann@exarnple.com' }
  const id = await app.addMessage(alice, { folderId: alice.inbox, text: 'Hi', from })
  const { body } = await get(`/messages/${id}`)
  assert.deepEqual(
    body.sender_warnings.map(({ code, resembles }: { code: string; resembles: string }) => [code, resembles]),
    [['look_alike_domain', 'example.com']],
  )
  assert.deepEqual(
    [body.has_details, body.authentication, body.unsubscription, body.security, body.calendar],
    [false, null, null, null, null],
  )
})

test('while the mail server is away a message opens without its body, and downloads answer 502', async () => {
  const id = await app.addMessage(alice, {
    folderId: alice.inbox,
    subject: 'Early',
    parts: [
      {
        part: '1',
        type: 'text/plain',
        encoding: '7bit',
        charset: null,
        size: 5,
        disposition: null,
        filename: null,
        cid: null,
      },
    ],
  })
  const { status, body } = await get(`/messages/${id}`)
  assert.deepEqual([status, body.subject, body.body.state, body.body.text], [200, 'Early', 'pending', null])
  const raw = await get(`/messages/${id}/raw`)
  assert.deepEqual([raw.status, raw.body.code], [502, 'upstream_unavailable'])
})
