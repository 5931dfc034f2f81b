import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { type MailboxApp, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { startNextcloud, type TestNextcloud } from '../../../../test/harness/nextcloud.ts'
import { noPolicies } from './policy.ts'

suite('policies in force', () => {
  let app: MailboxApp
  let nextcloud: TestNextcloud
  let admin: ReturnType<typeof createAdministration>

  before(async () => {
    nextcloud = await startNextcloud()
    app = await startMailboxApp({ ...administratorSettings, ...nextcloud.settings })
    admin = createAdministration(app)
  })
  after(async () => {
    await app.close()
    await nextcloud.close()
  })
  const pupils = (policy: object) =>
    admin.expect(200, 'PUT', '/policies', { body: { everybody: {}, groups: [{ group: 'pupils', policy }] } })
  /** As somebody of that group, which their person is known to be in from then on. */
  const as = async (group: string, method: string, path: string, body?: object) => {
    const { status, body: answer } = await admin.as(`${group}-one`, [group], method, `/api/v1${path}`, { body })
    return [status, answer?.code] as const
  }

  test('are replaced as a whole, over the version that was seen, and told for each person', async () => {
    const first = await admin.admin('GET', '/policies')
    assert.deepEqual(first.body, noPolicies)
    const body = { everybody: { session_hours: 12 }, groups: [{ group: 'pupils', policy: { modules: ['mail'] } }] }
    const headers = { 'if-match': first.headers.get('etag') ?? '' }
    await admin.expect(200, 'PUT', '/policies', { body, headers })
    await admin.expect(412, 'PUT', '/policies', { body, headers })
    await as('pupils', 'GET', '/account/')
    const [{ id }] = (await admin.expect(200, 'GET', '/people?search=pupils-one')).items
    const effective = await admin.expect(200, 'GET', `/policies/effective/${id}`)
    assert.deepEqual(effective.policy, { modules: ['mail'], session_hours: 12 })
    assert.deepEqual(effective.sources, { modules: { group: 'pupils' }, session_hours: { group: null } })
    const { rows } = await app.app.platform.pool.query(
      `select details from audit_entry where action = 'admin.policies_changed'`,
    )
    assert.deepEqual(rows[0].details, { before: noPolicies, after: body })
  })

  test('keep groups out of modules', async () => {
    await pupils({ modules: ['mail'] })
    assert.deepEqual(await as('pupils', 'GET', '/mail/accounts'), [200, undefined])
    assert.deepEqual(await as('pupils', 'GET', '/meet/rooms'), [409, 'meet_disabled'])
    assert.deepEqual(await as('pupils', 'GET', '/contacts/'), [403, 'auth.forbidden'])
    assert.deepEqual(await as('staff', 'GET', '/contacts/'), [200, undefined])
  })

  test('say which mail servers may be connected', async () => {
    await pupils({ mail_hosts: ['ulti.example'] })
    const server = { host: '127.0.0.1', port: 1, security: 'none', username: 'x', password: 'y' }
    const body = { email: 'x@elsewhere.test', imap: server, smtp: server }
    assert.deepEqual(await as('pupils', 'POST', '/mail/accounts', body), [403, 'mail.host_not_allowed'])
    assert.deepEqual(await as('staff', 'POST', '/mail/accounts', body), [422, 'mail.host_unreachable'])
  })

  test('say where mail may be forwarded to', async () => {
    await pupils({ forwarding: { is_allowed: true, domains: ['ulti.example'] } })
    const mailbox = await app.mailboxOf('pupils-two')
    const target = async (email: string) => {
      const body = { email, mail_account_id: mailbox.mailAccountId }
      const answer = await admin.as('pupils-two', ['pupils'], 'POST', '/api/v1/mail/forward-targets', { body })
      return [answer.status, answer.body?.code]
    }
    assert.deepEqual(await target('friend@elsewhere.test'), [403, 'mail.forwarding_not_allowed'])
    assert.deepEqual(await target('friend@mail.ulti.example'), [201, undefined])
  })

  test('say what may be attached', async () => {
    await pupils({ attachments: { max_bytes: 10, forbidden_extensions: ['exe'] } })
    const upload = (filename: string, content: object) =>
      as('pupils', 'POST', `/mail/uploads/content?filename=${filename}`, content)
    assert.deepEqual(await upload('setup.exe', {}), [403, 'mail.attachment_type_not_allowed'])
    assert.deepEqual(await upload('long.txt', { text: 'longer than that' }), [400, 'request_body_too_large'])
    assert.deepEqual(await upload('short.txt', {}), [201, undefined])
  })

  test('hold to it what was attached before, when it is sent, and what goes out within a whole message', async () => {
    await pupils({})
    const mailbox = await app.mailboxOf('pupils-three')
    const request = (method: string, path: string, body?: object) =>
      admin.as('pupils-three', ['pupils'], method, `/api/v1/mail${path}`, { body })
    const file = (await request('POST', '/uploads/content?filename=setup.exe', {})).body
    const letter = { mail_account_id: mailbox.mailAccountId, to: [{ email: 'bob@ulti.example' }], subject: 'Hi' }
    const draft = (await request('POST', '/drafts', { ...letter, attachments: [{ upload_id: file.id }] })).body
    const part = {
      part: '2',
      type: 'application/x-msdownload',
      encoding: 'base64',
      charset: null,
      size: 780,
      cid: null,
    }
    const messageId = await app.addMessage(mailbox, {
      ...{ folderId: mailbox.inbox, subject: 'A program', hasAttachments: true },
      parts: [{ ...part, disposition: 'attachment', filename: 'inner.exe' }],
    })
    await pupils({ attachments: { forbidden_extensions: ['exe'] } })
    const refused = [
      await request('POST', `/drafts/${draft.id}/send`, {}),
      await request('POST', '/messages', { ...letter, attachments: [{ upload_id: file.id }] }),
      await request('POST', '/uploads/copies', { message_id: messageId }),
      await request('POST', `/messages/${messageId}/forward`, { as: 'attachment' }),
    ]
    for (const { status, body } of refused) {
      assert.deepEqual([status, body.code], [403, 'mail.attachment_type_not_allowed'], JSON.stringify(body))
    }
    assert.equal((await request('GET', `/drafts/${draft.id}`)).status, 200, 'the draft stays as it is')
    await pupils({ attachments: { max_bytes: 569 } })
    const large = await request('POST', '/uploads/copies', { message_id: messageId })
    assert.deepEqual([large.status, large.body.code], [400, 'request_body_too_large'])
    await pupils({})
    assert.equal((await request('POST', `/drafts/${draft.id}/send`, {})).status, 202)
  })

  test('say how long personal tokens live', async () => {
    await pupils({ token_days: 7 })
    const token = (days: number | undefined) =>
      as('pupils', 'POST', '/account/tokens', {
        ...{ name: 'x', permissions: ['mail:read'] },
        ...(days && { expires_at: new Date(Date.now() + days * 86_400_000 - 60_000).toISOString() }),
      })
    assert.deepEqual(await token(undefined), [422, 'account.token_too_long'])
    assert.deepEqual(await token(8), [422, 'account.token_too_long'])
    assert.deepEqual(await token(7), [201, undefined])
  })

  test('keep files from being shared outside', async () => {
    await pupils({ external_sharing: { is_allowed: false } })
    const share = async (group: string) => {
      const { body } = await admin.as(`${group}-one`, [group], 'POST', '/api/v1/drive/folders', {
        body: { path: '/Given' },
      })
      return as(group, 'POST', '/drive/shares', { item_id: body.item_id, kind: 'link' })
    }
    assert.equal((await share('pupils'))[0], 403)
    assert.equal((await share('staff'))[0], 201)
  })
})
