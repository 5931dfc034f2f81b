import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { sql } from 'kysely'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import type { OutboxRecipient } from './outbox-store.ts'

type Recipients = Pick<OutboxRecipient, 'email' | 'state'>[]

suite('what an owner does with messages in the outbox', () => {
  let app: MailboxApp
  let ann: MailboxOwner

  before(async () => {
    app = await startMailboxApp()
    ann = await app.mailboxOf('ann')
    await app.mailboxOf('bob')
  })
  after(() => app.close())

  const call = (method: string, path: string, body?: object, headers: Record<string, string> = {}, as = 'ann') =>
    app.request(method, `/api/v1/mail${path}`, { as, headers, ...(body && { body }) })
  const send = async (body: object = {}) => {
    const content = { to: [{ email: 'bob@example.test' }], subject: 'Hello', text: 'Hi', ...body }
    return (await call('POST', '/messages', { mail_account_id: ann.mailAccountId, ...content })).body
  }
  /** As a transmission would have left it. */
  const become = (id: string, state: string, recipients: Recipients) => {
    const stored = recipients.map((one) => ({ ...one, response: '550 5.1.1 no' }))
    return sql`update mail_outbox set state = ${state}, recipients = ${JSON.stringify(stored)}::jsonb,
      composition = case when ${state} = 'sent' then null else composition end,
      next_attempt_at = now() + interval '1 hour' where id = ${id}`.execute(app.database)
  }
  const code = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code]
  const bob = (state: OutboxRecipient['state']): Recipients => [{ email: 'bob@example.test', state }]

  test('a draft that is sent leaves the drafts, and taken back is one again under its id', async () => {
    const body = { mail_account_id: ann.mailAccountId, to: [{ email: 'bob@example.test' }], text: 'Hi' }
    const draft = (await call('POST', '/drafts', body)).body
    const path = `/drafts/${draft.id}/send`
    assert.deepEqual(code(await call('POST', path, {}, { 'if-match': '"stale"' })), [412, 'etag_mismatch'])
    const headers = { 'if-match': draft.etag, 'idempotency-key': 'draft' }
    const [sent, again] = [await call('POST', path, undefined, headers), await call('POST', path, {}, headers)]
    assert.deepEqual([sent.status, sent.body.state], [202, 'held'])
    assert.deepEqual([again.status, again.body.id], [202, sent.body.id])
    assert.equal((await call('GET', `/drafts/${draft.id}`)).status, 404)
    const undone = await call('DELETE', `/outbox/${sent.body.id}`)
    assert.deepEqual([undone.status, undone.body], [200, { draft_id: draft.id }])
    assert.equal((await call('GET', `/drafts/${draft.id}`)).body.text, 'Hi')
    assert.equal((await call('GET', `/outbox/${sent.body.id}`)).status, 404)
    assert.equal((await call('DELETE', `/outbox/${sent.body.id}`)).status, 404)
    const unfinished = (await call('POST', '/drafts', { mail_account_id: ann.mailAccountId })).body
    const refused = await call('POST', `/drafts/${unfinished.id}/send`, {})
    assert.deepEqual(code(refused), [422, 'mail.draft_not_sendable'])
  })

  test('a message that was not a draft becomes one when it is taken back', async () => {
    const { id } = await send({ html: '<p>Hi</p>' })
    const { body } = await call('DELETE', `/outbox/${id}`)
    assert.equal((await call('GET', `/drafts/${body.draft_id}`)).body.subject, 'Hello')
  })

  test('nothing that somebody may have got is taken back', async () => {
    for (const [state, recipients, expected] of [
      ['transmitting', bob('queued'), 'mail.already_sent'],
      ['sent', bob('accepted'), 'mail.already_sent'],
      ['unknown', bob('unknown'), 'mail.outcome_unknown'],
      ['queued', [...bob('queued'), { email: 'c@example.test', state: 'accepted' }], 'mail.already_sent'],
    ] as const) {
      const { id } = await send()
      await become(id, state, [...recipients])
      assert.deepEqual(code(await call('DELETE', `/outbox/${id}`)), [409, expected], state)
      assert.equal((await call('GET', `/outbox/${id}`)).body.state, state)
    }
    const failed = await send()
    await become(failed.id, 'failed', bob('refused'))
    assert.equal((await call('DELETE', `/outbox/${failed.id}`)).status, 200)
  })

  test('a message can be changed until it leaves, by one window at a time', async () => {
    const first = await send({ cc: [{ email: 'carol@example.test' }] })
    const path = `/outbox/${first.id}`
    const change = (body: object, etag: string) => call('PATCH', path, body, { 'if-match': etag })
    const at = new Date(Date.now() + 86_400_000).toISOString()
    const changed = await change({ send_at: at, subject: 'Later', cc: [], html: '<p>New</p>' }, first.etag)
    assert.equal(changed.status, 200)
    const { not_before, subject, recipients, content } = changed.body
    assert.deepEqual([not_before, subject, recipients.length, content.text], [at, 'Later', 1, null])
    assert.deepEqual(code(await change({ subject: 'Mine' }, first.etag)), [412, 'etag_mismatch'])
    assert.deepEqual(code(await change({ to: [] }, changed.body.etag)), [400, 'invalid_request_body'])
    assert.deepEqual(code(await change({ to: [{ email: 'b\r\n@x' }] }, '*')), [400, 'invalid_request_body'])
    await become(first.id, 'queued', bob('queued'))
    assert.deepEqual(code(await change({ subject: 'Too late' }, '*')), [409, 'mail.not_held'])
    assert.equal((await change({ follow_up_at: at }, '*')).body.follow_up.state, 'waiting')
    assert.equal((await change({ follow_up_at: null }, '*')).body.follow_up, null)
    assert.equal((await call('PATCH', path, { subject: 'x' })).status, 400)
  })

  test('a retry tries those who were refused, or does not wait for the next attempt', async () => {
    const { id } = await send()
    const retry = (headers = {}) => call('POST', `/outbox/${id}/retry`, undefined, headers)
    await become(id, 'failed', [...bob('refused'), { email: 'c@example.test', state: 'accepted' }])
    const key = { 'idempotency-key': 'again' }
    const tried = await retry(key)
    assert.deepEqual([tried.status, tried.body.state], [200, 'queued'])
    assert.deepEqual(
      tried.body.recipients.map(({ state }: { state: string }) => state),
      ['queued', 'accepted'],
    )
    assert.ok(Date.parse(tried.body.next_attempt_at) <= Date.now() + 1000)
    await become(id, 'sent', bob('accepted'))
    assert.equal((await retry(key)).body.state, 'queued', 'the first answer, not another attempt')
    assert.deepEqual(code(await retry()), [409, 'mail.nothing_to_retry'])
    await become(id, 'unknown', bob('unknown'))
    assert.deepEqual(code(await retry()), [409, 'mail.outcome_unknown'])
  })

  test('of an unknown outcome the owner decides, once', async () => {
    const resolve = (id: string, resolution: string) => call('POST', `/outbox/${id}/resolution`, { resolution })
    const [one, other] = [await send(), await send()]
    assert.deepEqual(code(await resolve(one.id, 'resent')), [409, 'mail.outcome_known'])
    for (const { id } of [one, other]) await become(id, 'unknown', bob('unknown'))
    const resent = await resolve(one.id, 'resent')
    assert.deepEqual([resent.body.state, resent.body.recipients[0].state], ['queued', 'queued'])
    const known = await resolve(other.id, 'was_sent')
    assert.deepEqual([known.body.state, known.body.recipients[0].state], ['sent', 'accepted'])
    assert.ok(known.body.sent_at)
    for (const { id } of [one, other]) assert.deepEqual(code(await resolve(id, 'resent')), [409, 'mail.outcome_known'])
    assert.equal((await resolve(one.id, 'lost')).status, 400)
  })

  test("nobody touches another's message", async () => {
    const { id } = await send()
    for (const [method, path, body] of [
      ['PATCH', '', { subject: 'Mine' }],
      ['DELETE', '', undefined],
      ['POST', '/retry', undefined],
      ['POST', '/resolution', { resolution: 'resent' }],
    ] as const) {
      const answer = await call(method, `/outbox/${id}${path}`, body, { 'if-match': '*' }, 'bob')
      assert.deepEqual(code(answer), [404, 'not_found'], method)
    }
    assert.equal((await call('GET', `/outbox/${id}`)).body.state, 'held')
  })
})
