import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'

const daysAhead = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

suite('outbox over HTTP', () => {
  let app: MailboxApp
  let ann: MailboxOwner
  let bob: MailboxOwner

  before(async () => {
    app = await startMailboxApp()
    ann = await app.mailboxOf('ann')
    bob = await app.mailboxOf('bob')
  })
  after(() => app.close())

  const send = (owner: MailboxOwner, body: object, key?: string) =>
    app.request('POST', '/api/v1/mail/messages', {
      as: owner.user,
      body: { mail_account_id: owner.mailAccountId, ...body },
      ...(key && { headers: { 'idempotency-key': key } }),
    })
  const stored = (owner: MailboxOwner) =>
    app.database.selectFrom('mail_outbox').select(['id', 'composition']).where('owner_id', '=', owner.ownerId).execute()
  const secondsHeld = ({ not_before }: { not_before: string }) =>
    Math.round((Date.parse(not_before) - Date.now()) / 1000)

  test('a message is accepted, held for a while, and shown with all that it says', async () => {
    const answer = await send(ann, {
      to: [{ name: 'Bob', email: 'bob@example.test' }],
      cc: [{ email: 'carol@bücher.example' }],
      bcc: [{ email: 'eve@example.test' }, { email: 'bob@example.test' }],
      subject: 'Grüße\r\nBcc: mallory@example.test',
      text: 'Hi\n.\nbye',
    })
    assert.equal(answer.status, 202)
    const { body } = answer
    assert.deepEqual([body.state, body.subject], ['held', 'Grüße Bcc: mallory@example.test'])
    assert.ok(secondsHeld(body) > 5 && secondsHeld(body) <= 10)
    const queued = (email: string) => ({ email, state: 'queued', response: null, report: null })
    assert.deepEqual(body.recipients, [
      queued('bob@example.test'),
      queued('carol@xn--bcher-kva.example'),
      queued('eve@example.test'),
    ])
    assert.deepEqual(body.content.bcc.length, 2)
    const shown = await app.request('GET', `/api/v1/mail/outbox/${body.id}`, { as: 'ann' })
    assert.deepEqual(shown.body, body)
    assert.equal(shown.headers.get('etag'), body.etag)
  })

  test('it leaves when its sender says so: at once, after the time that they prefer, or up to a year ahead', async () => {
    const to = [{ email: 'bob@example.test' }]
    assert.equal((await send(ann, { to, undo_seconds: 0 })).body.state, 'queued')
    const put = (body: object) => app.request('PUT', '/api/v1/mail/outbox/preferences', { as: 'ann', body })
    assert.equal((await put({ undo_seconds: 121 })).status, 400)
    assert.deepEqual((await put({ undo_seconds: 90 })).body, { undo_seconds: 90 })
    const shown = await app.request('GET', '/api/v1/mail/outbox/preferences', { as: 'ann' })
    assert.deepEqual(shown.body, { undo_seconds: 90 })
    assert.ok(secondsHeld((await send(ann, { to })).body) > 80)
    assert.ok(secondsHeld((await send(ann, { to, send_at: daysAhead(-1) })).body) > 80)
    const inADay = daysAhead(1)
    assert.equal((await send(ann, { to, send_at: inADay })).body.not_before, inADay)
    assert.deepEqual(
      (await send(ann, { to, send_at: inADay, follow_up_at: daysAhead(3) })).body.follow_up.state,
      'waiting',
    )
    for (const [body, path] of [
      [{ send_at: daysAhead(400) }, 'body.send_at'],
      [{ follow_up_at: daysAhead(400) }, 'body.follow_up_at'],
      [{ send_at: inADay, follow_up_at: daysAhead(0.5) }, 'body.follow_up_at'],
    ] as const) {
      const refused = await send(ann, { to, ...body })
      assert.deepEqual([refused.status, refused.body.details[0].path], [400, path])
    }
    await put({ undo_seconds: 10 })
  })

  test('an answer names what it answers and the thread', async () => {
    const messageId = await app.addMessage(ann, { folderId: ann.inbox })
    await app.database
      .updateTable('mail_message')
      .set({ message_id_header: '<parent@x.test>', reference_headers: ['<root@x.test>'] })
      .where('id', '=', messageId)
      .execute()
    const body = { to: [{ email: 'bob@example.test' }], text: 'Re', in_reply_to_message_id: messageId }
    const { id } = (await send(ann, body)).body
    const composition = (await stored(ann)).find((row) => row.id === id)?.composition as Record<string, unknown>
    assert.equal(composition.inReplyTo, '<parent@x.test>')
    assert.deepEqual(composition.references, ['<root@x.test>', '<parent@x.test>'])
    const foreign = await send(bob, body)
    assert.deepEqual([foreign.status, foreign.body.code], [404, 'not_found'])
  })

  test('the same key sends once and answers the same; another body is refused', async () => {
    const body = { to: [{ email: 'bob@example.test' }], text: 'once' }
    const before = (await stored(ann)).length
    const answers = await Promise.all([1, 2, 3].map(() => send(ann, body, 'once')))
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.id]),
      answers.map(() => [202, answers[0]?.body.id]),
    )
    assert.equal((await stored(ann)).length, before + 1)
    const other = await send(ann, { ...body, text: 'twice' }, 'once')
    assert.deepEqual([other.status, other.body.code], [422, 'idempotency_key_reused'])
    assert.equal((await send(bob, body, 'once')).status, 202)
  })

  test('each bad address is named, and no message is stored for it', async () => {
    const before = (await stored(ann)).length
    const answer = await send(ann, {
      to: [{ email: 'bob@example.test' }, { email: 'bob@example.test\r\nDATA' }],
      bcc: [{ email: 'nobody' }],
    })
    assert.deepEqual([answer.status, answer.body.code], [400, 'invalid_request_body'])
    assert.deepEqual(
      answer.body.details.map(({ path }: { path: string }) => path),
      ['body.to.1.email', 'body.bcc.0.email'],
    )
    for (const body of [
      {},
      { to: [], bcc: [] },
      { to: [{ email: `${'b'.repeat(250)}@x.test` }] },
      { to: Array.from({ length: 501 }, (_, at) => ({ email: `b${at}@x.test` })) },
      {
        to: Array.from({ length: 300 }, (_, at) => ({ email: `b${at}@x.test` })),
        cc: Array.from({ length: 201 }, (_, at) => ({ email: `c${at}@x.test` })),
      },
      { to: [{ email: 'bob@example.test' }], from: 'eve@example.test' },
      { to: [{ email: 'bob@example.test' }], subject: 'x'.repeat(999) },
      { to: [{ email: 'bob@example.test' }], undo_seconds: 121 },
      { to: [{ email: 'bob@example.test' }], send_at: 'tomorrow' },
    ]) {
      const refused = await send(ann, body)
      assert.deepEqual(
        [refused.status, refused.body.code],
        [400, 'invalid_request_body'],
        JSON.stringify(body).slice(0, 80),
      )
    }
    assert.equal((await stored(ann)).length, before)
  })

  test("nobody sends from another's account, or sees another's outbox", async () => {
    const foreign = await send(bob, { mail_account_id: ann.mailAccountId, to: [{ email: 'bob@example.test' }] })
    assert.deepEqual([foreign.status, foreign.body.code], [404, 'not_found'])
    const to = [{ email: 'bob@example.test' }]
    for (const body of [{ identity_id: ann.mailAccountId }, { attachments: [{ upload_id: ann.inbox }] }]) {
      assert.equal((await send(bob, { to, ...body })).status, 404)
    }
    const { body } = await send(ann, { to: [{ email: 'bob@example.test' }] })
    assert.equal((await app.request('GET', `/api/v1/mail/outbox/${body.id}`, { as: 'bob' })).status, 404)
    const list = await app.request('GET', '/api/v1/mail/outbox', { as: 'bob' })
    assert.ok(
      list.body.items.every(
        ({ mail_account_id }: { mail_account_id: string }) => mail_account_id === bob.mailAccountId,
      ),
    )
  })

  test('pages follow each other, newest first, without gap or repetition', async () => {
    const owner = await app.mailboxOf('gil')
    const sent: string[] = []
    for (let at = 0; at < 5; at++) sent.unshift((await send(owner, { to: [{ email: 'bob@example.test' }] })).body.id)
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = cursor && `&cursor=${cursor}`
      const { body } = await app.request('GET', `/api/v1/mail/outbox?limit=2${query}`, { as: 'gil' })
      seen.push(...body.items.map(({ id }: { id: string }) => id))
      cursor = body.next_cursor
    }
    assert.deepEqual(seen, sent)
    const listed = async (query: string) =>
      (await app.request('GET', `/api/v1/mail/outbox?${query}`, { as: 'gil' })).body
    assert.equal((await listed('state=held')).items.length, 5)
    assert.equal((await listed('state=sent')).items.length, 0)
    assert.equal((await listed('follow_up=due')).items.length, 0)
    const forged = await app.request('GET', '/api/v1/mail/outbox?cursor=x', { as: 'gil' })
    assert.deepEqual([forged.status, forged.body.code], [400, 'invalid_request_body'])
  })
})
