import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type Installation, startInstallation } from '../fixtures/installation.ts'
import { type MailServers, startMailServers } from '../fixtures/mail-servers.ts'
import { startFaultProxy } from '../harness/fault-proxy.ts'
import { freePort } from '../harness/free-port.ts'
import type { Ultid } from '../harness/processes.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

type Refusal = { code: string; message: string; trace_id: string }

/** Looked for in answers and logs; nothing else has it in it. */
const password = 'a-Password-to-be-found-nowhere'

suite('connecting a mailbox that cannot be connected', { skip: skipWithoutDovecot }, () => {
  let servers: MailServers
  let installation: Installation
  let node: Ultid

  before(async () => {
    servers = await startMailServers()
    installation = await startInstallation({ ULTID_LOG_LEVEL: 'trace', ULTID_ROLES: 'api' })
    node = await installation.node()
  })
  after(async () => {
    await installation.close()
    await servers.close()
  })

  type Changes = Parameters<MailServers['accountOf']>[1]

  async function assertRefused(expected: { code: string; names: RegExp }, changes: Changes, at = node): Promise<void> {
    const user = servers.dovecot.setPassword(servers.dovecot.user('refused'), password)
    const body = servers.accountOf(user, changes)
    const person = installation.person('refused', at)
    const answer = await person.request('POST', '/api/v1/mail/accounts', { body })
    const text = await answer.text()
    assert.equal(answer.status, 422, text)
    const { code, message, trace_id } = JSON.parse(text) as Refusal
    assert.equal(code, expected.code, text)
    assert.match(message, expected.names)
    assert.equal(trace_id, answer.headers.get('x-request-id'))
    assert.doesNotMatch(text, secrets)
    assert.deepEqual(await person.all('/api/v1/mail/accounts'), [])
  }
  async function assertNothingKept(): Promise<void> {
    for (const table of ['mail_account', 'mail_lease', 'mail_folder', 'event'] as const) {
      assert.deepEqual(await installation.database.selectFrom(table).selectAll().execute(), [], table)
    }
    const logs = installation.logs()
    assert.match(logs, /\/api\/v1\/mail\/accounts/)
    assert.doesNotMatch(logs, secrets)
  }

  test('a wrong password, a server that is not there and a bad certificate each have their code', async () => {
    const { dovecot, smtp } = servers
    const closed = await freePort()
    const [imap, submission] = [new RegExp(`IMAP.*${dovecot.port}`), new RegExp(`SMTP.*${smtp.port}`)]
    const wrong = { password: `${password}-but-wrong` }
    await assertRefused({ code: 'mail.authentication_failed', names: imap }, { imap: wrong })
    await assertRefused({ code: 'mail.authentication_failed', names: submission }, { smtp: wrong })
    const unreachable = 'mail.host_unreachable'
    await assertRefused({ code: unreachable, names: /IMAP.*nowhere\.invalid/ }, { imap: { host: 'nowhere.invalid' } })
    await assertRefused({ code: unreachable, names: new RegExp(`IMAP.*${closed}`) }, { imap: { port: closed } })
    await assertRefused({ code: unreachable, names: new RegExp(`SMTP.*${closed}`) }, { smtp: { port: closed } })
    const certificate = 'mail.certificate_invalid'
    const tls = { port: dovecot.tlsPort, security: 'tls' as const }
    await assertRefused({ code: certificate, names: new RegExp(`IMAP.*${dovecot.tlsPort}`) }, { imap: tls })
    await assertRefused({ code: certificate, names: imap }, { imap: { security: 'starttls' } })
    await assertRefused({ code: certificate, names: submission }, { smtp: { security: 'starttls' } })
    // TLS spoken to a port that greets in plain text.
    await assertRefused({ code: 'mail.server_error', names: imap }, { imap: { security: 'tls' } })
    await assertNothingKept()
  })

  test('where the operator allows neither plain text nor private hosts, none is spoken to', async () => {
    const strict = await installation.node({ environment: { MAIL_ALLOW_PLAINTEXT: 'false' } })
    const plaintext = 'mail.plaintext_refused'
    await assertRefused({ code: plaintext, names: new RegExp(`IMAP.*${servers.dovecot.port}`) }, {}, strict)

    const shut = await installation.node({ environment: { ULTID_ALLOW_PRIVATE_HOSTS: '' } })
    const forbidden = { code: 'mail.host_forbidden', names: /IMAP/ }
    for (const host of ['127.0.0.1', 'localhost', '10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1']) {
      await assertRefused(forbidden, { imap: { host } }, shut)
    }
    await assertNothingKept()
  })

  test('what a server says itself tells the cases apart, and a password that it repeats goes no further', async (t) => {
    const proxy = await startFaultProxy({ target: servers.dovecot })
    t.after(() => proxy.close())
    const imap = { port: proxy.port }
    const names = new RegExp(`IMAP.*${proxy.port}`)
    const signIn = { fault: 'answer', command: /^(AUTHENTICATE|LOGIN)/ } as const
    proxy.rules.add({ ...signIn, answer: 'NO [PRIVACYREQUIRED] Plaintext authentication disallowed.' })
    await assertRefused({ code: 'mail.plaintext_refused', names }, { imap })
    proxy.rules.add({ ...signIn, answer: `NO [AUTHENTICATIONFAILED] I do not know ${password}.` })
    await assertRefused({ code: 'mail.authentication_failed', names }, { imap })
    proxy.rules.add({ ...signIn, answer: 'NO [UNAVAILABLE] Try again later.' })
    await assertRefused({ code: 'mail.server_error', names }, { imap })
    await assertNothingKept()
  })
})

const base64Of = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '')
/** In base64 a text looks in three ways, by the place where it begins. */
const encoded = ['', 'x', 'xx'].map((before) => base64Of(before + password).slice(before.length && 4, -4))
const secrets = new RegExp([password, ...encoded].map((text) => text.replaceAll('+', '\\+')).join('|'))
