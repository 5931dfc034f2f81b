import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { type SmtpSink, startSmtpSink } from '../../../../test/harness/smtp-sink.ts'

suite('footers of an organisation', () => {
  let app: MailboxApp
  let sink: SmtpSink
  let admin: ReturnType<typeof createAdministration>
  let ann: MailboxOwner

  before(async () => {
    sink = await startSmtpSink()
    app = await startMailboxApp({ ...administratorSettings, ULTID_ROLES: 'api,jobs' })
    admin = createAdministration(app)
    const account = { host: '127.0.0.1', port: sink.port, username: 'alice@example.test', password: 'secret' }
    ann = await app.mailboxOf('ann', account)
  })
  after(async () => {
    await app.close()
    await sink.close()
  })

  /** What arrives of a letter that ann sends, who is in `groups`. */
  async function sent(groups: readonly string[], subject: string, to: string, text: string): Promise<string> {
    const body = { mail_account_id: ann.mailAccountId, to: [{ email: to }], subject, text, undo_seconds: 0 }
    const answer = await admin.as('ann', groups, 'POST', '/api/v1/mail/messages', { body })
    assert.equal(answer.status, 202, JSON.stringify(answer.body))
    const arrived = await eventually(async () => {
      const found = sink.received.find(({ mime }) => mime.includes(`Subject: ${subject}\r\n`))
      assert.ok(found)
      return found
    })
    return arrived.mime
  }

  test('are replaced over the version that was seen, and written down', async () => {
    const first = await admin.admin('GET', '/footers')
    const body = {
      internal_domains: ['ulti.example'],
      footers: [
        { groups: ['sales'], recipients: 'all', text: 'Sales department', html: '' },
        { groups: null, recipients: 'external', text: 'For its recipients alone', html: '' },
      ],
    }
    const headers = { 'if-match': first.headers.get('etag') ?? '' }
    assert.deepEqual(await admin.expect(200, 'PUT', '/footers', { body, headers }), body)
    assert.equal((await admin.admin('PUT', '/footers', { body, headers })).body.code, 'etag_mismatch')
    const { items } = await admin.expect(200, 'GET', '/audit/entries?action=admin.footers_changed')
    assert.deepEqual(items[0].details, { before: { internal_domains: [], footers: [] }, after: body })
  })

  test('stand below what people of the group send, by where it goes, and stay out of what they wrote', async () => {
    const outside = await sent(['sales'], 'Outside', 'bob@elsewhere.test', 'Hello')
    assert.match(outside, /Hello\r\n\r\nSales department\r\n\r\nFor its recipients alone\r\n/)
    const inside = await sent(['sales'], 'Inside', 'bob@ulti.example', 'Hello')
    assert.ok(inside.includes('Sales department') && !inside.includes('recipients alone'))
    const others = await sent(['others'], 'Others', 'bob@elsewhere.test', '> For its recipients alone\n\nI see.')
    assert.equal(others.split('For its recipients alone').length, 2, 'once in a conversation')
    assert.ok(!others.includes('Sales department'))
  })
})
