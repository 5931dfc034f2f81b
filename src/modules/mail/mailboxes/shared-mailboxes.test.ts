import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { sql } from 'kysely'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { startTestApp, type TestApp } from '../../../../test/harness/app.ts'
import { type Dovecot, startDovecot } from '../../../../test/harness/dovecot.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'
import { type SmtpSink, startSmtpSink } from '../../../../test/harness/smtp-sink.ts'

suite('mail accounts of the organisation', { skip: skipWithoutDovecot }, () => {
  let app: TestApp
  let admin: ReturnType<typeof createAdministration>
  let dovecot: Dovecot
  let sink: SmtpSink

  before(async () => {
    dovecot = await startDovecot()
    sink = await startSmtpSink({ username: 'alice@example.test', password: dovecot.user('alice').password })
    app = await startTestApp({ ...administratorSettings, ULTID_ROLES: 'api,jobs' })
    admin = createAdministration(app)
  })
  after(async () => {
    await app.close()
    await Promise.all([dovecot.close(), sink.close()])
  })

  const support = (members: object[], password = dovecot.user('alice').password) => {
    const login = { host: '127.0.0.1', username: dovecot.user('alice').username, password, security: 'none' }
    const servers = { imap: { ...login, port: dovecot.port }, smtp: { ...login, port: sink.port } }
    return { email: login.username, name: 'Support', ...servers, members }
  }
  const path = '/shared-mailboxes'

  test('are made with all who have a role in them, once for each key, and listed', async () => {
    const bob = await admin.personId('bob')
    const members = [
      { person_id: bob, role: 'manage' },
      { group: 'support', role: 'read' },
    ]
    const headers = { 'idempotency-key': 'one' }
    const made = await admin.expect(201, 'POST', path, { body: support(members), headers })
    assert.deepEqual(await admin.expect(201, 'POST', path, { body: support(members), headers }), made)
    assert.deepEqual(await admin.expect(200, 'GET', `${path}/${made.id}`), made)
    assert.deepEqual((await admin.expect(200, 'GET', path)).items, [made])
    const grants = (await admin.expect(200, 'GET', `${path}/${made.id}/grants`)).items
    assert.deepEqual(
      grants.map((one: { role: string; group: string | null; person: { id: string } | null }) => [
        ...[one.role, one.group, one.person?.id ?? null],
      ]),
      [
        ['manage', null, bob],
        ['read', 'support', null],
      ],
    )
    const seen = await admin.as('bob', [], 'GET', `/api/v1/mail/accounts/${made.mail_account_id}`)
    assert.deepEqual([seen.status, seen.body.role, seen.body.owner.kind], [200, 'manage', 'organisation'])
  })

  test('that no server lets in, or with somebody unknown, are not made at all', async () => {
    const before = (await admin.expect(200, 'GET', path)).items.length
    const refused = await admin.admin('POST', path, { body: support([], 'wrong') })
    assert.equal(refused.status, 422)
    const unknown = await admin.admin('POST', path, { body: support([{ email: 'x@example.test', role: 'read' }]) })
    assert.deepEqual([unknown.status, unknown.body.code], [422, 'mail.member_unknown'])
    assert.equal((await admin.expect(200, 'GET', path)).items.length, before)
  })

  test('are gone for everybody at once when they are deleted, and nothing is left of them but the audit log', async () => {
    const members = [{ person_id: await admin.personId('carl'), role: 'manage' }]
    const made = await admin.expect(201, 'POST', path, { body: support(members) })
    const view = () => admin.as('carl', [], 'GET', `/api/v1/mail/accounts/${made.mail_account_id}`)
    assert.equal((await view()).status, 200)
    // Only an administrator may: it is nobody's.
    const own = await admin.as('carl', [], 'DELETE', `/api/v1/mail/accounts/${made.mail_account_id}`)
    assert.deepEqual([own.status, own.body.code], [403, 'mail.role_too_small'])
    await admin.expect(204, 'DELETE', `${path}/${made.id}`)
    assert.equal((await view()).status, 404)
    await admin.expect(404, 'DELETE', `${path}/${made.id}`)
    const { database } = app.app.platform
    await eventually(
      async () => {
        const { rows } = await sql`select from principal where id = ${made.id}`.execute(database)
        assert.equal(rows.length, 0)
      },
      { timeoutMs: 30_000 },
    )
    const { items } = await admin.expect(200, 'GET', `/audit/entries?person_id=${made.id}&action=mail.`)
    const [last] = items
    assert.deepEqual([last.action, last.details.after], ['mail.shared_mailbox_deleted', null])
    assert.equal(last.details.before.mail_account_id, made.mail_account_id)
  })
})
