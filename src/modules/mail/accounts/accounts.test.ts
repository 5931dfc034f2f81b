import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import pg from 'pg'
import { startTestApp, type TestApp } from '../../../../test/harness/app.ts'
import { type Dovecot, startDovecot } from '../../../../test/harness/dovecot.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'
import { type SmtpSink, startSmtpSink } from '../../../../test/harness/smtp-sink.ts'

suite('mail accounts', { skip: skipWithoutDovecot }, () => {
  let app: TestApp
  let dovecot: Dovecot
  let sink: SmtpSink
  let database: pg.Client

  before(async () => {
    dovecot = await startDovecot()
    sink = await startSmtpSink({ username: 'alice@example.test', password: dovecot.user('alice').password })
    app = await startTestApp()
    database = new pg.Client(app.databaseUrl)
    await database.connect()
  })
  after(async () => {
    await database.end()
    await app.close()
    await Promise.all([dovecot.close(), sink.close()])
  })

  const accountOf = (name = 'alice', changes: Record<string, object> = {}) => {
    const { username, password } = dovecot.user(name)
    const login = { username, password, security: 'none' }
    return {
      email: username,
      imap: { host: '127.0.0.1', port: dovecot.port, ...login, ...changes.imap },
      smtp: { host: '127.0.0.1', port: sink.port, ...login, ...changes.smtp },
    }
  }
  const connect = (as: string, body: object, key?: string) =>
    app.request('POST', '/api/v1/mail/accounts', { as, body, ...(key && { headers: { 'idempotency-key': key } }) })
  const count = async (table: string) => Number((await database.query(`select count(*) from ${table}`)).rows[0].count)

  test('an account is connected, listed and shown, its passwords sealed and never told', async () => {
    const created = await connect('ann', { ...accountOf(), name: 'Alice' })
    assert.equal(created.status, 201)
    assert.equal(created.body.state, 'connecting')
    assert.deepEqual(created.body.sync, { messages_done: 0, messages_total: 0, last_synced_at: null })
    const shown = await app.request('GET', `/api/v1/mail/accounts/${created.body.id}`, { as: 'ann' })
    const list = await app.request('GET', '/api/v1/mail/accounts', { as: 'ann' })
    assert.deepEqual(shown.body, created.body)
    assert.deepEqual(list.body, { items: [created.body], next_cursor: null })

    const { password } = dovecot.user('alice')
    const { rows } = await database.query('select * from mail_account where id = $1', [created.body.id])
    const told = JSON.stringify([created.body, list.body, rows])
    assert.ok(!told.includes(password) && !told.includes(Buffer.from(password).toString('base64')))
    assert.notEqual(rows[0].imap_secret, rows[0].smtp_secret)
    const { rows: events } = await database.query("select data from event where type = 'mail.account_created'")
    assert.deepEqual(events, [{ data: { mail_account_id: created.body.id } }])
    const { rows: leases } = await database.query('select epoch from mail_lease where mail_account_id = $1', [
      created.body.id,
    ])
    assert.equal(leases.length, 1)
  })

  test('the same mailbox cannot be connected twice by one owner, whatever the case of its address', async () => {
    assert.equal((await connect('bea', accountOf())).status, 201)
    const again = await connect('bea', { ...accountOf(), email: 'ALICE@example.test' })
    assert.deepEqual([again.status, again.body.code], [409, 'mail.account_exists'])
    assert.equal((await connect('cleo', accountOf())).status, 201)
  })

  test('a repeated request answers the first answer without signing in again; another body is refused', async () => {
    const loginsOf = (name: string) =>
      dovecot.logs.filter((line) => line.includes('imap-login: Info: Login') && line.includes(`user=<${name}`)).length
    /** The logins of alice, once all that was logged before now is read. */
    const logins = async () => {
      const before = loginsOf('marker')
      await (await dovecot.connect(dovecot.user('marker'))).logout()
      await eventually(() => assert.equal(loginsOf('marker'), before + 1))
      return loginsOf('alice')
    }
    const first = await connect('dora', accountOf(), 'key-1')
    const before = await logins()
    const second = await connect('dora', accountOf(), 'key-1')
    assert.deepEqual([second.status, second.body], [201, first.body])
    assert.ok(before > 0)
    assert.equal(await logins(), before)
    const other = await connect('dora', { ...accountOf(), name: 'Other' }, 'key-1')
    assert.deepEqual([other.status, other.body.code], [422, 'idempotency_key_reused'])
    const { rows } = await database.query("select request_hash from idempotency_key where key = 'key-1'")
    assert.equal(rows.length, 1)
  })

  const faults: [string, string, (body: ReturnType<typeof accountOf>) => object][] = [
    ['a wrong IMAP password', 'mail.authentication_failed', ({ imap }) => ({ imap: { ...imap, password: 'no' } })],
    ['a wrong SMTP password', 'mail.authentication_failed', ({ smtp }) => ({ smtp: { ...smtp, password: 'no' } })],
    ['a port where nobody listens', 'mail.host_unreachable', ({ imap }) => ({ imap: { ...imap, port: 1 } })],
    ['a host that is not', 'mail.host_unreachable', ({ imap }) => ({ imap: { ...imap, host: 'mail.invalid' } })],
    ['a private host', 'mail.host_forbidden', ({ imap }) => ({ imap: { ...imap, host: '10.255.255.1' } })],
    [
      'an untrusted certificate',
      'mail.certificate_invalid',
      ({ imap }) => ({ imap: { ...imap, port: dovecot.tlsPort, security: 'tls' } }),
    ],
    [
      'an untrusted certificate after STARTTLS',
      'mail.certificate_invalid',
      ({ imap }) => ({ imap: { ...imap, security: 'starttls' } }),
    ],
    [
      'STARTTLS that is not offered',
      'mail.plaintext_refused',
      ({ smtp }) => ({ smtp: { ...smtp, security: 'starttls' } }),
    ],
  ]
  for (const [name, code, change] of faults) {
    test(`${name} answers 422 ${code} and stores nothing`, async () => {
      const before = await count('mail_account')
      const body = accountOf()
      const answer = await connect('eve', { ...body, ...change(body) })
      assert.deepEqual([answer.status, answer.body.code], [422, code])
      assert.match(answer.body.details[0].path, /^body\.(imap|smtp)$/)
      assert.equal(await count('mail_account'), before)
    })
  }

  test('two faulty servers are both named', async () => {
    const answer = await connect('eve', accountOf('alice', { imap: { port: 1 }, smtp: { password: 'no' } }))
    assert.equal(answer.body.code, 'mail.host_unreachable')
    assert.deepEqual(
      answer.body.details.map(({ path }: { path: string }) => path),
      ['body.imap', 'body.smtp'],
    )
  })

  test('plain text answers 422 mail.plaintext_refused where the operator does not allow it', async () => {
    const strict = await startTestApp({ MAIL_ALLOW_PLAINTEXT: 'false' })
    try {
      const answer = await strict.request('POST', '/api/v1/mail/accounts', { as: 'ann', body: accountOf() })
      assert.deepEqual([answer.status, answer.body.code], [422, 'mail.plaintext_refused'])
    } finally {
      await strict.close()
    }
  })

  test('bodies are held to the schema, at any depth', async () => {
    const body = accountOf()
    const wrong = [
      { ...body, imap: { ...body.imap, host: 'mail.example/../' } },
      { ...body, imap: { ...body.imap, host: 'a b' } },
      { ...body, imap: { ...body.imap, password: 'a\u0000b' } },
      { ...body, smtp: { ...body.smtp, username: 'a\r\nb' } },
      { ...body, imap: { ...body.imap, security: 'ssl' } },
      { ...body, imap: { ...body.imap, port: '143' } },
      { ...body, imap: { ...body.imap, extra: 1 } },
      { ...body, email: 'alice' },
    ]
    for (const faulty of wrong) {
      const answer = await connect('eve', faulty)
      assert.deepEqual([answer.status, answer.body.code], [400, 'invalid_request_body'], JSON.stringify(faulty))
    }
  })

  test("another owner's account does not exist", async () => {
    const { body } = await connect('fay', accountOf())
    for (const method of ['GET', 'DELETE']) {
      const answer = await app.request(method, `/api/v1/mail/accounts/${body.id}`, { as: 'mallory' })
      assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'])
    }
    assert.deepEqual((await app.request('GET', '/api/v1/mail/accounts', { as: 'mallory' })).body.items, [])
    assert.equal((await app.request('GET', `/api/v1/mail/accounts/${body.id}`, { as: 'fay' })).status, 200)
  })

  test('pages follow each other without gap or repetition', async () => {
    const ids: string[] = []
    for (const at of [1, 2, 3]) {
      ids.push((await connect('gil', { ...accountOf(), email: `alice+${at}@example.test` })).body.id)
    }
    const first = await app.request('GET', '/api/v1/mail/accounts?limit=2', { as: 'gil' })
    const second = await app.request('GET', `/api/v1/mail/accounts?limit=2&cursor=${first.body.next_cursor}`, {
      as: 'gil',
    })
    assert.deepEqual(
      [...first.body.items, ...second.body.items].map(({ id }) => id),
      ids,
    )
    assert.equal(second.body.next_cursor, null)
  })
})
