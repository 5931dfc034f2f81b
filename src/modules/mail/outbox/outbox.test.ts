import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { after, before, suite, test } from 'node:test'
import { simpleParser } from 'mailparser'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { createTempDir } from '../../../../test/harness/temp-dir.ts'

suite('outbox over HTTP', () => {
  let app: MailboxApp
  let ann: MailboxOwner
  let bob: MailboxOwner
  let objects: Awaited<ReturnType<typeof createTempDir>>

  before(async () => {
    objects = await createTempDir('outbox-http')
    app = await startMailboxApp({ ULTID_OBJECTS_DIR: objects.path })
    ann = await app.mailboxOf('ann')
    bob = await app.mailboxOf('bob')
  })
  after(async () => {
    await app.close()
    await objects.remove()
  })

  const send = (owner: MailboxOwner, body: object, key?: string) =>
    app.request('POST', '/api/v1/mail/messages', {
      as: owner.user,
      body: { mail_account_id: owner.mailAccountId, ...body },
      ...(key && { headers: { 'idempotency-key': key } }),
    })
  const stored = (owner: MailboxOwner) => readdir(`${objects.path}/outbox/${owner.ownerId}`).catch(() => [])
  const mimeOf = async (owner: MailboxOwner, id: string) =>
    (await readFile(`${objects.path}/outbox/${owner.ownerId}/${id}`)).toString('latin1')

  test('a message is stored, queued and shown; a blind copy is in its envelope alone', async () => {
    const answer = await send(ann, {
      to: [{ name: 'Bob', email: 'bob@example.test' }],
      cc: [{ email: 'carol@bücher.example' }],
      bcc: [{ email: 'eve@example.test' }, { email: 'bob@example.test' }],
      subject: 'Grüße',
      text: 'Hi\n.\nbye',
    })
    assert.equal(answer.status, 202)
    const { body } = answer
    assert.equal(body.state, 'queued')
    assert.equal(body.subject, 'Grüße')
    const queued = (email: string) => ({ email, state: 'queued', response: null })
    assert.deepEqual(body.recipients, [
      queued('bob@example.test'),
      queued('carol@xn--bcher-kva.example'),
      queued('eve@example.test'),
    ])
    assert.deepEqual((await app.request('GET', `/api/v1/mail/outbox/${body.id}`, { as: 'ann' })).body, body)
    const mime = await mimeOf(ann, body.id)
    assert.doesNotMatch(mime, /eve@|bcc/i)
    const parsed = await simpleParser(mime)
    assert.equal(parsed.messageId, body.message_id_header)
    assert.equal(parsed.subject, 'Grüße')
    assert.equal(parsed.text, 'Hi\n.\nbye\n')
  })

  test('an answer names what it answers and the thread', async () => {
    const messageId = await app.addMessage(ann, { folderId: ann.inbox })
    await app.database
      .updateTable('mail_message')
      .set({ message_id_header: '<parent@x.test>', reference_headers: ['<root@x.test>'] })
      .where('id', '=', messageId)
      .execute()
    const body = { to: [{ email: 'bob@example.test' }], text: 'Re', in_reply_to_message_id: messageId }
    const answer = await send(ann, body)
    const parsed = await simpleParser(await mimeOf(ann, answer.body.id))
    assert.equal(parsed.inReplyTo, '<parent@x.test>')
    assert.deepEqual(parsed.references, ['<root@x.test>', '<parent@x.test>'])
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
    const forged = await app.request('GET', '/api/v1/mail/outbox?cursor=x', { as: 'gil' })
    assert.deepEqual([forged.status, forged.body.code], [400, 'invalid_request_body'])
  })
})
