import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { suite, type TestContext, test } from 'node:test'
import type { MailServer } from '#integrations/mail-server/mail-server.ts'
import type { AppError } from '#platform/errors.ts'
import { createHostGuard } from '#platform/network/host-guard.ts'
import { createLog } from '#platform/observability/log.ts'
import { startSmtpSink } from '../../../test/harness/smtp-sink.ts'
import { createImapConnect } from './imap-connect.ts'

const log = createLog({ level: 'silent', format: 'json' })
const guard = createHostGuard({ allow: ['127.0.0.1'] })
const connect = createImapConnect({ guard, log, isPlaintextAllowed: true })

/** What a server says: its greeting, capabilities, and the answer (without the tag) to commands that match. */
type Script = { greeting?: string; capabilities?: string; answers?: [RegExp, string][] }

/** A server in plain text that reads commands without literals; AUTHENTICATE is answered after its continuation. */
async function startImap(t: TestContext, script: Script = {}) {
  const { greeting = '* OK ready', capabilities = 'IMAP4rev1 ID', answers = [] } = script
  const lines: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\r\n').filter(Boolean)) {
        lines.push(line)
        const [, tag = '*', command = ''] = /^(\S+) (.*)$/.exec(line) ?? []
        const [, answer = 'OK done'] = answers.find(([pattern]) => pattern.test(command)) ?? []
        if (/^CAPABILITY/i.test(command)) socket.write(`* CAPABILITY ${capabilities}\r\n`)
        if (/^LOGOUT/i.test(command)) socket.end(`* BYE\r\n`)
        if (answer) socket.write(`${tag} ${answer}\r\n`)
      }
    })
    if (greeting) socket.write(`${greeting}\r\n`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const mailServer: MailServer = {
    host: '127.0.0.1',
    port,
    security: 'none',
    username: 'alice@example.test',
    password: 'wr0ng-secret',
  }
  return { server: mailServer, lines, sockets }
}

async function failing(server: MailServer, by = connect): Promise<AppError> {
  const error = await by(server).then(
    () => assert.fail('connected'),
    (thrown) => thrown,
  )
  assert.equal(error.kind, 'unprocessable')
  const everything = JSON.stringify([error, error.cause], (_key, value) =>
    value instanceof Error ? Object.getOwnPropertyNames(value).map((name) => Reflect.get(value, name)) : value,
  )
  assert.equal(everything.includes('wr0ng-secret'), false, 'the password is told')
  return error
}

suite('imap connect', () => {
  test('answers a signed-in client that outlives the loss of its connection', async (t) => {
    const { server, sockets, lines } = await startImap(t)
    const client = await connect(server)
    assert.equal(client.usable, true)
    assert.ok(lines.some((line) => / ID \("name" "Ulti"/.test(line)))
    const closed = Promise.withResolvers<void>()
    client.on('close', closed.resolve)
    for (const socket of sockets) socket.resetAndDestroy()
    await closed.promise
    assert.equal(client.usable, false)
  })

  test("names a wrong password with the server's words, the echoed password hidden", async (t) => {
    const { server } = await startImap(t, {
      answers: [[/^LOGIN/, 'NO [AUTHENTICATIONFAILED] no luck with wr0ng-secret']],
    })
    const error = await failing(server)
    assert.equal(error.code, 'mail.authentication_failed')
    assert.match(error.message, /no luck with \[hidden\]/)
  })

  test('a server that cannot check passwords now does not make the password wrong', async (t) => {
    const { server } = await startImap(t, { answers: [[/^LOGIN/, 'NO [UNAVAILABLE] try later']] })
    assert.equal((await failing(server)).code, 'mail.server_error')
  })

  test("reads Exchange's back-off instead of waiting it out", async (t) => {
    const words = 'BAD Request is throttled. Suggested Backoff Time: 299001 milliseconds'
    const { server } = await startImap(t, { answers: [[/^LOGIN/, words]] })
    const error = await failing(server)
    assert.equal(error.code, 'mail.server_error')
    assert.equal(error.retryAfterSeconds, 300)
  })

  test('repeats the reason of a server that says BYE', async (t) => {
    const { server } = await startImap(t, { greeting: '* BYE too many connections' })
    const error = await failing(server)
    assert.equal(error.code, 'mail.server_error')
    assert.match(error.message, /too many connections/)
  })

  test('does not sign in where STARTTLS was asked for and is missing, or greeted away', async (t) => {
    for (const script of [{}, { greeting: '* PREAUTH welcome', capabilities: 'IMAP4rev1 STARTTLS' }]) {
      const { server, lines } = await startImap(t, script)
      assert.equal((await failing({ ...server, security: 'starttls' })).code, 'mail.plaintext_refused')
      assert.ok(!lines.some((line) => /LOGIN|AUTHENTICATE/.test(line)))
    }
  })

  test('names the refusal of plain text: ours, LOGINDISABLED and PRIVACYREQUIRED', async (t) => {
    const { server } = await startImap(t)
    const strict = createImapConnect({ guard, log, isPlaintextAllowed: false })
    assert.equal((await failing(server, strict)).code, 'mail.plaintext_refused')
    const disabled = await startImap(t, { capabilities: 'IMAP4rev1 LOGINDISABLED' })
    assert.equal((await failing(disabled.server)).code, 'mail.plaintext_refused')
    const refusing = await startImap(t, { answers: [[/^LOGIN/, 'NO [PRIVACYREQUIRED] not like this']] })
    assert.equal((await failing(refusing.server)).code, 'mail.plaintext_refused')
  })

  test('names a certificate that nobody vouches for', async (t) => {
    const tls = await startSmtpSink({ secure: true })
    t.after(() => tls.close())
    const { server } = await startImap(t)
    const error = await failing({ ...server, port: tls.port, security: 'tls' })
    assert.equal(error.code, 'mail.certificate_invalid')
  })

  test('says so when a port does not speak TLS', async (t) => {
    const { server } = await startImap(t)
    assert.equal((await failing({ ...server, security: 'tls' })).code, 'mail.server_error')
  })

  test('names an unreachable port, an unknown host and a forbidden one', async (t) => {
    const { server } = await startImap(t)
    assert.equal((await failing({ ...server, port: 1 })).code, 'mail.host_unreachable')
    const unknownHost = Object.assign(new Error('not found'), { code: 'EAI_AGAIN' })
    const blind = createHostGuard({ allow: [], resolve: () => Promise.reject(unknownHost) })
    const lost = createImapConnect({ guard: blind, log, isPlaintextAllowed: true })
    assert.equal((await failing({ ...server, host: 'nowhere.test' }, lost)).code, 'mail.host_unreachable')
    const strict = createImapConnect({ guard: createHostGuard({ allow: [] }), log, isPlaintextAllowed: true })
    assert.equal((await failing(server, strict)).code, 'mail.host_forbidden')
  })

  test('gives up on a server that says nothing', async (t) => {
    const { server } = await startImap(t, { greeting: '' })
    const impatient = createImapConnect({ guard, log, isPlaintextAllowed: true, greetingTimeoutMs: 100 })
    assert.equal((await failing(server, impatient)).code, 'mail.timeout')
  })

  test("ends with the signal's reason", async (t) => {
    const { server } = await startImap(t, { answers: [[/^LOGIN/, '']] })
    const controller = new AbortController()
    const connecting = connect(server, { signal: controller.signal })
    setImmediate(() => controller.abort(new Error('shutting down')))
    await assert.rejects(connecting, /shutting down/)
    await assert.rejects(connect(server, { signal: controller.signal }), /shutting down/)
  })
})
