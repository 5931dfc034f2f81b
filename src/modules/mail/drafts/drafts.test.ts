import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startDraftWriter } from '../../../../test/fixtures/draft-writer.ts'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { createMemoryCache } from '../../../platform/cache/memory-cache.ts'
import type { Composition } from '../outbox/composition.ts'
import { createWake } from '../wake.ts'
import { createDraftCopies } from './draft-copies.ts'
import { createDraftHandover } from './draft-handover.ts'

const text = {
  ...{ part: '1', type: 'text/plain', encoding: '7bit', charset: null, size: 5 },
  ...{ disposition: null, filename: null, cid: null },
}

suite('drafts', () => {
  let app: MailboxApp
  let alice: MailboxOwner
  let drafts: ReturnType<typeof createDraftHandover>
  const cache = createMemoryCache()

  before(async () => {
    app = await startMailboxApp()
    alice = await app.mailboxOf('alice')
    drafts = createDraftHandover({ copies: createDraftCopies({ wake: createWake(cache) }), now: () => new Date() })
  })
  after(async () => {
    await cache.close()
    await app.close()
  })

  const call = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    app.request(method, `/api/v1/mail/drafts${path}`, { as: 'alice', headers, ...(body && { body }) })
  const begin = async (body: object = {}) => {
    const answer = await call('POST', '', { mail_account_id: alice.mailAccountId, ...body })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body
  }
  const copyOf = (draftId: string) =>
    app.database
      .selectFrom('mail_draft_copy')
      .select(['wanted_revision', 'mail_account_id'])
      .where('owner_id', '=', alice.ownerId)
      .where('draft_id', '=', draftId)
      .execute()
  const take = (draftId: string, ifMatch?: string) =>
    app.transact((tx) => drafts.takeForSending(tx, alice.ownerId, draftId, ifMatch))

  test('a draft is kept as it is written, however unfinished', async () => {
    const draft = await begin({ to: [{ email: 'bo' }], subject: 'Hal\r\nlo', html: '<p>Dear <b>Bob</b></p>' })
    assert.deepEqual(draft.from, { name: '', email: `${alice.mailAccountId}@example.test` })
    assert.deepEqual([draft.to, draft.subject], [[{ name: '', email: 'bo' }], 'Hal lo'])
    assert.deepEqual([draft.html, draft.text, draft.preview], ['<p>Dear <b>Bob</b></p>', null, 'Dear Bob'])
    const shown = await call('GET', `/${draft.id}`)
    assert.deepEqual(shown.body, draft)
    assert.equal(shown.headers.get('etag'), draft.etag)
    const { items } = (await call('GET', '')).body
    assert.equal(items[0].id, draft.id)
    assert.equal((await copyOf(draft.id))[0]?.wanted_revision, draft.etag.slice(1, -1))
  })

  test('two windows that write to one draft do not overwrite each other', async () => {
    const draft = await begin({ subject: 'First', text: 'Text' })
    const change = (body: object, etag: string) => call('PATCH', `/${draft.id}`, body, { 'if-match': etag })
    const [one, other] = await Promise.all([
      change({ subject: 'Mine' }, draft.etag),
      change({ subject: 'Yours' }, draft.etag),
    ])
    assert.deepEqual([one.status, other.status].sort(), [200, 412])
    const [won, lost] = one.status === 200 ? [one, other] : [other, one]
    assert.equal(lost.body.code, 'etag_mismatch')
    assert.equal((await call('GET', `/${draft.id}`)).body.subject, won.body.subject)
    assert.equal((await change({ text: 'More' }, won.body.etag)).status, 200)
    const blind = await call('PATCH', `/${draft.id}`, { subject: 'Blind' })
    assert.deepEqual([blind.status, blind.body.details[0].path], [400, 'headers.if-match'])
    assert.equal((await call('DELETE', `/${draft.id}`, undefined, { 'if-match': draft.etag })).status, 412)
    assert.equal((await call('DELETE', `/${draft.id}`)).status, 204)
    assert.equal((await call('GET', `/${draft.id}`)).status, 404)
    assert.equal((await copyOf(draft.id))[0]?.wanted_revision, null)
  })

  test('a new HTML without a text drops the old text, and a text alone leaves the HTML', async () => {
    const draft = await begin({ text: 'Old', html: '<p>Old</p>' })
    const change = async (body: object, etag: string) =>
      (await call('PATCH', `/${draft.id}`, body, { 'if-match': etag })).body
    const second = await change({ html: '<p>New</p>' }, draft.etag)
    assert.deepEqual([second.text, second.html], [null, '<p>New</p>'])
    const third = await change({ text: 'Plain' }, second.etag)
    assert.deepEqual([third.text, third.html], ['Plain', '<p>New</p>'])
  })

  test('an answer to a message continues its thread', async () => {
    const messageId = await app.addMessage(alice, { folderId: alice.inbox, subject: 'Plans' })
    const draft = await begin({ in_reply_to_message_id: messageId })
    assert.deepEqual(draft.in_reply_to, `<${messageId}@example.test>`)
    assert.deepEqual(draft.references, [`<${messageId}@example.test>`])
    assert.deepEqual(draft.origin, { message_id: messageId, act: 'reply' })
  })

  test('an answer needs the mail server for what it quotes, and for nothing else', async () => {
    const messageId = await app.addMessage(alice, { folderId: alice.inbox, subject: 'Away', parts: [text] })
    const answer = (act: string, body: object) =>
      app.request('POST', `/api/v1/mail/messages/${messageId}/${act}`, { as: 'alice', body })
    const away = await answer('reply', {})
    assert.deepEqual([away.status, away.body.code], [502, 'upstream_unavailable'])
    for (const act of ['reply', 'reply-all']) {
      const { status, body } = await answer(act, { is_quoted: false })
      assert.deepEqual([status, body.subject, body.to.length], [201, 'Re: Away', 1])
    }
  })

  test('what another module made goes with a draft until it is sent', async () => {
    const nowhere = { host: '127.0.0.1', port: 1, username: 'alice', password: 'none' }
    const writer = await startDraftWriter(app.databaseUrl, nowhere, { account: () => undefined })
    const parts = [{ contentType: 'text/calendar; method=REPLY', content: 'BEGIN:VCALENDAR' }]
    const to = [{ email: 'ann@example.test' }]
    const body = { mail_account_id: alice.mailAccountId, to, subject: 'Accepted' }
    const draft = (await writer.drafts.create(alice.ownerId, body, undefined, parts)).body
    await writer.close()
    assert.deepEqual(draft.parts, [{ content_type: 'text/calendar; method=REPLY' }])
    await call('PATCH', `/${draft.id}`, { text: 'Gladly' }, { 'if-match': draft.etag })
    assert.deepEqual((await take(draft.id)).composition.parts, parts)
  })

  test('a key repeated makes no second draft', async () => {
    const body = { mail_account_id: alice.mailAccountId, subject: 'Once' }
    const headers = { 'idempotency-key': 'once' }
    const [one, other] = [await call('POST', '', body, headers), await call('POST', '', body, headers)]
    assert.deepEqual([other.status, other.body.id], [201, one.body.id])
  })

  test('lists go on where a page ended', async () => {
    for (const subject of ['a', 'b', 'c']) await begin({ subject })
    const first = (await call('GET', '?limit=2')).body
    const second = (await call('GET', `?limit=2&cursor=${first.next_cursor}`)).body
    const subjects = [...first.items, ...second.items].map(({ subject }: { subject: string }) => subject)
    assert.deepEqual(subjects.slice(0, 3), ['c', 'b', 'a'])
  })

  test('a draft to be sent is taken once, by the version that was seen, and comes back as it was', async () => {
    const draft = await begin({
      to: [{ name: 'Bob', email: 'bob@BÜCHER.example' }],
      bcc: [{ email: 'carol@example.test' }],
      subject: 'Hello',
      html: '<p>Hi</p>',
    })
    await assert.rejects(take(draft.id, '"another"'), { code: 'etag_mismatch' })
    const taken = await Promise.allSettled([take(draft.id, draft.etag), take(draft.id, draft.etag)])
    const [composition] = taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value.composition] : []))
    assert.ok(composition)
    assert.equal(taken.filter(({ status }) => status === 'rejected').length, 1)
    assert.deepEqual(composition.to, [{ name: 'Bob', email: 'bob@xn--bcher-kva.example' }])
    assert.deepEqual(composition.bcc, [{ name: '', email: 'carol@example.test' }])
    assert.equal((await call('GET', `/${draft.id}`)).status, 404)
    assert.equal((await copyOf(draft.id))[0]?.wanted_revision, null)

    const kept = JSON.parse(JSON.stringify(composition)) as Composition
    const restore = () => app.transact((tx) => drafts.restoreFromOutbox(tx, alice.ownerId, kept, draft.id))
    assert.equal((await restore())[0]?.type, 'mail.draft_created')
    assert.deepEqual(await restore(), [])
    const { etag, created_at, updated_at, to, ...again } = (await call('GET', `/${draft.id}`)).body
    const { etag: _etag, created_at: _made, updated_at: _changed, to: _to, ...before } = draft
    assert.deepEqual(again, before)
    assert.notEqual(etag, draft.etag)
    assert.equal((await copyOf(draft.id))[0]?.wanted_revision, etag.slice(1, -1))
  })

  test('a draft that cannot be sent yet says what is missing, and stays', async () => {
    const draft = await begin({ to: [{ email: 'bob@example.test' }, { email: 'bo' }] })
    const fault = await take(draft.id).catch((error) => error)
    assert.deepEqual([fault.code, fault.details[0].path], ['mail.draft_not_sendable', 'to.1.email'])
    const empty = await begin({ subject: 'To nobody' })
    await assert.rejects(take(empty.id), { code: 'mail.draft_not_sendable' })
    assert.equal((await call('GET', `/${draft.id}`)).status, 200)
  })
})
