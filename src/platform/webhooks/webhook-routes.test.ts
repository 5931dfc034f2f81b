import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { type MailboxOwner, startMailboxApp } from '../../../test/fixtures/mailbox-app.ts'
import { eventually } from '../../../test/harness/eventually.ts'
import { startWebhookReceiver } from '../../../test/harness/webhook-receiver.ts'

const shared = `whsec_${Buffer.alloc(32, 'shared').toString('base64')}`
const own = `whsec_${Buffer.alloc(32, 'own').toString('base64')}`

suite('webhooks over HTTP', async () => {
  const app = await startMailboxApp({ ULTID_ROLES: 'api,jobs', MAIL_WEBHOOK_SHARED_SECRET: shared })
  const hook = await startWebhookReceiver()
  after(async () => {
    await app.close()
    await hook.close()
  })
  const request = (method: string, path: string, body?: object, headers: Record<string, string> = {}, as = 'alice') =>
    app.request(method, `/api/v1/mail${path}`, { as, headers, ...(body && { body }) })
  const create = async (body: object, headers = {}) => {
    const answer = await request(
      'POST',
      '/webhooks',
      { url: hook.url, event_types: ['mail.message_*'], ...body },
      headers,
    )
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body
  }
  const mailbox: MailboxOwner = await app.mailboxOf('alice')
  const messageId = await app.addMessage(mailbox, { folderId: mailbox.inbox, subject: 'Read me' })
  let isStarred = false
  const star = () => {
    isStarred = !isStarred
    return request('PATCH', `/messages/${messageId}`, { is_starred: isStarred })
  }
  /** What comes of a change of the message; the webhook is deleted afterwards. */
  async function receive(webhook: { id: string }) {
    const before = hook.received.length
    assert.equal((await star()).status, 200)
    const got = await eventually(() => {
      const found = hook.received[before]
      assert.ok(found)
      return found
    })
    await request('DELETE', `/webhooks/${webhook.id}`)
    return got
  }
  const isSignedWith = (secret: string, { body, headers }: { body: string; headers: Record<string, string> }) => {
    try {
      return Boolean(new Webhook(secret).verify(body, headers))
    } catch {
      return false
    }
  }

  test('a change of a message is sent, slim, signed with the secret of the deployment', async () => {
    const webhook = await create({ filter: { mail_account_id: [mailbox.mailAccountId] } })
    assert.equal(webhook.secret, null)
    const got = await receive(webhook)
    assert.equal(got.type, 'mail.message_updated')
    assert.deepEqual(Object.keys(got.data).sort(), ['is_read', 'is_starred', 'mail_account_id', 'message_id'])
    assert.ok(isSignedWith(shared, got))
  })

  test('a full payload has the message as lists show it, in the form that the API document tells', async () => {
    const got = await receive(await create({ payload: 'full' }))
    assert.equal(got.data.message.subject, 'Read me')
    const document = (await app.request('GET', '/api/v1/openapi.json')).body
    const schema = document.webhooks['mail.message_updated'].post.requestBody.content['application/json'].schema
    const { required, properties } = schema.properties.data
    assert.deepEqual(
      Object.keys(got.data).filter((name) => !properties[name]),
      [],
    )
    assert.deepEqual(
      required.filter((name: string) => !(name in got.data)),
      [],
    )
    assert.deepEqual(Object.keys(got.data.message).sort(), properties.message.required.toSorted())
  })

  test('while secrets are rotated the old and the new one sign, then the new one alone', async () => {
    const webhook = await create({ secret: own })
    assert.equal(webhook.secret, own)
    const added = await request('POST', `/webhooks/${webhook.id}/secrets`, {})
    assert.equal(added.status, 201)
    const both = await receive({ id: 'none' })
    assert.ok(isSignedWith(own, both) && isSignedWith(added.body.secret, both) && !isSignedWith(shared, both))
    await request('DELETE', `/webhooks/${webhook.id}/secrets/${webhook.secrets[0].id}`)
    const got = await receive(webhook)
    assert.ok(!isSignedWith(own, got) && isSignedWith(added.body.secret, got))
  })

  test('an idempotency key makes one webhook and shows its secret again; secrets are sealed where they are kept', async () => {
    const key = { 'idempotency-key': 'once' }
    const body = { secret: own, description: 'mine' }
    const [first, second] = [await create(body, key), await create(body, key)]
    assert.deepEqual(second, first)
    const other = await request('POST', '/webhooks', { url: hook.url, event_types: ['*'] }, key)
    assert.equal(other.body.code, 'idempotency_key_reused')
    for (const table of ['webhook_secret', 'idempotency_key'] as const) {
      const rows = await app.database.selectFrom(table).selectAll().execute()
      assert.ok(rows.length > 0 && !JSON.stringify(rows).includes(own.slice(6)), table)
    }
    const shown = await request('GET', `/webhooks/${first.id}`)
    assert.equal(shown.body.secret, undefined)
    await request('DELETE', `/webhooks/${first.id}`)
  })

  test('what cannot be sent to, or names what is not there, is refused with what to do', async () => {
    const refused = async (code: string, body: object) => {
      const answer = await request('POST', '/webhooks', { url: hook.url, event_types: ['*'], ...body })
      assert.deepEqual([answer.status, answer.body.code], [code === 'invalid_request_body' ? 400 : 422, code])
    }
    await refused('webhook.url_invalid', { url: 'ftp://example.org/' })
    await refused('webhook.url_invalid', { url: 'https://user:password@127.0.0.1/' })
    await refused('host_forbidden', { url: 'https://169.254.169.254/latest/meta-data' })
    await refused('host_forbidden', { url: 'https://[::ffff:10.0.0.1]/' })
    await refused('webhook.insecure_url', { url: 'http://9.9.9.9/' })
    await refused('webhook.host_unresolved', { url: 'https://nowhere.invalid/' })
    await refused('webhook.event_type_unknown', { event_types: ['mail.nothing_*'] })
    await refused('webhook.filter_unknown', { filter: { subject: ['x'] } })
    await refused('webhook.secret_invalid', { secret: `whsec_${'A'.repeat(41)}` })
    await refused('invalid_request_body', { event_types: [] })
    await refused('invalid_request_body', { filter: { folder_id: [] } })
  })

  test('a stale If-Match leaves a webhook untouched; pausing and resuming are no other version', async () => {
    const webhook = await create({})
    const { headers } = await request('GET', `/webhooks/${webhook.id}`)
    const etag = headers.get('etag') ?? ''
    const paused = await request('PUT', `/webhooks/${webhook.id}/pause`)
    assert.deepEqual([paused.body.state, paused.body.state_reason], ['paused', 'owner'])
    const changed = await request('PATCH', `/webhooks/${webhook.id}`, { description: 'new' }, { 'if-match': etag })
    assert.deepEqual([changed.status, changed.body.description], [200, 'new'])
    const stale = await request('PATCH', `/webhooks/${webhook.id}`, { description: 'older' }, { 'if-match': etag })
    assert.deepEqual([stale.status, stale.body.code], [412, 'etag_mismatch'])
    assert.equal((await request('DELETE', `/webhooks/${webhook.id}/pause`)).status, 204)
    const shown = (await request('GET', `/webhooks/${webhook.id}`)).body
    assert.deepEqual([shown.state, shown.description], ['active', 'new'])
    await request('DELETE', `/webhooks/${webhook.id}`)
  })

  test('a test can be looked up and sent again; deliveries are listed by state', async () => {
    hook.answer = () => ({ status: 418, body: 'I am a teapot\0' })
    const webhook = await create({})
    const { status, body: sent } = await request('POST', `/webhooks/${webhook.id}/test`)
    assert.equal(status, 202)
    const dead = (attempts: number) =>
      eventually(async () => {
        const { body } = await request('GET', `/deliveries/${sent.id}`)
        assert.deepEqual([body.state, body.attempt_log.length], ['dead', attempts])
        return body
      })
    const seen = await dead(1)
    assert.deepEqual([seen.last_status, seen.last_error], [418, 'status'])
    assert.equal(seen.attempt_log[0].answer, 'I am a teapot\u{fffd}')
    assert.equal(JSON.parse(seen.body).type, 'mail.webhook_tested')
    assert.equal((await request('POST', `/deliveries/${sent.id}/redelivery`)).status, 202)
    await dead(2)
    const letters = await request('GET', `/webhooks/${webhook.id}/deliveries?state=dead&limit=1`)
    assert.deepEqual(
      [letters.body.items.length, letters.body.items[0].id, letters.body.next_cursor],
      [1, sent.id, null],
    )
    assert.deepEqual((await request('GET', `/webhooks/${webhook.id}/deliveries?state=pending`)).body.items, [])
    await request('DELETE', `/webhooks/${webhook.id}`)
    assert.equal((await request('GET', `/deliveries/${sent.id}`)).status, 404)
    hook.answer = () => ({})
  })

  test('a webhook has five secrets at most, a person fifty webhooks', async () => {
    const webhook = await create({ secret: own })
    const add = () => request('POST', `/webhooks/${webhook.id}/secrets`, {})
    for (let n = 1; n < 5; n++) assert.equal((await add()).status, 201)
    assert.equal((await add()).body.code, 'webhook.too_many_secrets')
    const { body } = await request('GET', '/webhooks?limit=200')
    for (let n = body.items.length; n < 50; n++) await create({})
    const one = await request('POST', '/webhooks', { url: hook.url, event_types: ['*'] })
    assert.deepEqual([one.status, one.body.code], [409, 'webhook.too_many'])
  })
})

suite('a deployment without a secret for webhooks', async () => {
  const app = await startMailboxApp()
  after(app.close)

  test('makes each webhook one of its own, and keeps the last', async () => {
    const request = (method: string, path: string, body?: object) =>
      app.request(method, `/api/v1/mail${path}`, { as: 'alice', ...(body && { body }) })
    const { body } = await request('POST', '/webhooks', { url: 'https://127.0.0.1/', event_types: ['*'] })
    assert.match(body.secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
    const last = await request('DELETE', `/webhooks/${body.id}/secrets/${body.secrets[0].id}`)
    assert.deepEqual([last.status, last.body.code], [409, 'webhook.secret_needed'])
    assert.equal((await request('GET', `/webhooks/${body.id}`)).body.secrets.length, 1)
  })
})
