import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { suite, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { PasswordServer } from '#integrations/mail-server/mail-server.ts'
import { createHostGuard } from '#platform/network/host-guard.ts'
import { createLog } from '#platform/observability/log.ts'
import { eventually } from '../../../test/harness/eventually.ts'
import { type FaultProxy, startFaultProxy } from '../../../test/harness/fault-proxy.ts'
import { type SmtpSink, startSmtpSink } from '../../../test/harness/smtp-sink.ts'
import { createSmtp, type SmtpMessage } from './smtp.ts'

const log = createLog({ level: 'silent', format: 'json' })
const guard = createHostGuard({ allow: ['127.0.0.1'] })
const smtp = createSmtp({ guard, log, isPlaintextAllowed: true })

const mime = 'Subject: dots\r\n\r\n.first\r\n..second\r\nbare\nlast'
const messageTo = (...to: string[]): SmtpMessage => ({
  from: 'alice@example.test',
  to,
  size: mime.length,
  requiresSmtpUtf8: false,
  mime: async () => Readable.from([Buffer.from(mime)]),
})

async function start(t: TestContext) {
  const sink = await startSmtpSink()
  const proxy = await startFaultProxy({ target: sink, protocol: 'smtp' })
  t.after(async () => {
    await proxy.close()
    await sink.close()
  })
  return { sink, proxy, server: serverAt(proxy) }
}

const serverAt = ({ port }: SmtpSink | FaultProxy): PasswordServer => ({
  host: '127.0.0.1',
  port,
  security: 'none',
  username: 'alice@example.test',
  password: 'secret',
})

/** Sends and tells how often content was announced. */
async function send(server: PasswordServer, message: SmtpMessage) {
  let announced = 0
  const outcome = await smtp.send(server, message, {
    onTransmitting: async () => {
      announced++
    },
  })
  return { outcome, announced }
}

suite('smtp send', () => {
  test('an accepted message arrives once, with CRLF line ends and its dots', async (t) => {
    const { sink, server } = await start(t)
    const { outcome, announced } = await send(server, messageTo('bob@example.test', 'carol@example.test'))
    assert.equal(outcome.kind, 'accepted')
    assert.equal(announced, 1)
    assert.deepEqual(outcome.kind === 'accepted' && outcome.recipients.map(({ email, state }) => `${email} ${state}`), [
      'bob@example.test accepted',
      'carol@example.test accepted',
    ])
    assert.equal(sink.received.length, 1)
    assert.equal(sink.received[0]?.mime, 'Subject: dots\r\n\r\n.first\r\n..second\r\nbare\r\nlast\r\n')
  })

  test('each recipient has an outcome of its own', async (t) => {
    const { sink, server } = await start(t)
    sink.answerToRcpt = (address) =>
      ({ 'gone@example.test': '550 5.1.1 no such user', 'full@example.test': '452 4.2.2 mailbox full' })[address]
    const { outcome } = await send(server, messageTo('bob@example.test', 'gone@example.test', 'full@example.test'))
    assert.equal(outcome.kind, 'accepted')
    assert.deepEqual(
      outcome.kind === 'accepted' && outcome.recipients.map(({ state, response }) => [state, response.slice(0, 9)]),
      [
        ['accepted', '250 2.0.0'],
        ['refused', '550 5.1.1'],
        ['deferred', '452 4.2.2'],
      ],
    )
    assert.deepEqual(sink.received[0]?.to, ['bob@example.test'])
  })

  for (const [answer, isPermanent] of [
    ['451 4.3.0 later', false],
    ['554 5.7.1 spam', true],
  ] as const) {
    test(`every recipient answered ${answer} is a rejection without any content`, async (t) => {
      const { sink, server } = await start(t)
      sink.answerToRcpt = () => answer
      const { outcome, announced } = await send(server, messageTo('bob@example.test', 'carol@example.test'))
      assert.ok(outcome.kind === 'rejected' && outcome.isPermanent === isPermanent)
      assert.equal(announced, 0)
      assert.equal(sink.received.length, 0)
    })
    test(`a message answered ${answer} is a rejection`, async (t) => {
      const { sink, server } = await start(t)
      sink.answerToMessage = () => answer
      const { outcome, announced } = await send(server, messageTo('bob@example.test'))
      assert.ok(outcome.kind === 'rejected' && outcome.isPermanent === isPermanent)
      assert.equal(outcome.response, answer)
      assert.equal(announced, 1)
    })
  }

  const cutsBeforeContent = [
    ['at the greeting', { from: 'server', line: /^220 /, moment: 'before' }],
    ['after the sign-in', { from: 'client', line: /^AUTH/ }],
    ['at MAIL FROM', { from: 'client', line: /^MAIL FROM/, moment: 'before' }],
    ['at RCPT TO', { from: 'client', line: /^RCPT TO/ }],
    ['at DATA', { from: 'client', line: /^DATA$/, moment: 'before' }],
    ['before 354', { from: 'server', line: /^354 /, moment: 'before' }],
  ] as const
  for (const [name, point] of cutsBeforeContent) {
    test(`a connection cut ${name} has sent nothing`, async (t) => {
      const { sink, proxy, server } = await start(t)
      proxy.rules.add({ fault: 'cut', ...point })
      const { outcome, announced } = await send(server, messageTo('bob@example.test'))
      assert.equal(outcome.kind, 'not_sent')
      assert.equal(announced, 0)
      assert.equal(sink.received.length, 0)
    })
  }

  test('a connection cut inside the content leaves the outcome unknown', async (t) => {
    const { sink, proxy, server } = await start(t)
    proxy.rules.add({ fault: 'cut', from: 'client', line: /^Subject:/ })
    const { outcome, announced } = await send(server, messageTo('bob@example.test'))
    assert.ok(outcome.kind === 'unknown' && outcome.recipients[0]?.state === 'unknown')
    assert.equal(announced, 1)
    assert.equal(sink.received.length, 0)
  })

  test('a connection cut before the final answer leaves the outcome unknown though it arrived', async (t) => {
    const { sink, proxy, server } = await start(t)
    proxy.rules.add({ fault: 'cut', from: 'server', line: /queued as/, moment: 'before' })
    const { outcome } = await send(server, messageTo('bob@example.test'))
    assert.equal(outcome.kind, 'unknown')
    assert.equal(sink.received.length, 1)
  })

  test('an unknown outcome still knows who was refused before', async (t) => {
    const { sink, proxy, server } = await start(t)
    sink.answerToRcpt = (address) => (address.startsWith('gone') ? '550 5.1.1 no such user' : undefined)
    proxy.rules.add({ fault: 'cut', from: 'server', line: /queued as/, moment: 'before' })
    const { outcome } = await send(server, messageTo('bob@example.test', 'gone@example.test'))
    assert.deepEqual(outcome.kind === 'unknown' && outcome.recipients.map(({ state }) => state), ['unknown', 'refused'])
  })

  test('nothing leaves when its sender may not go on', async (t) => {
    const { sink, proxy, server } = await start(t)
    const reason = new Error('the claim was lost')
    const sending = smtp.send(server, messageTo('bob@example.test'), { onTransmitting: () => Promise.reject(reason) })
    await assert.rejects(sending, reason)
    assert.deepEqual(proxy.commands(/^(Subject|\.$)/), [])
    assert.equal(sink.received.length, 0)
  })

  test('a connection lost while the sender is still recording has sent nothing', async (t) => {
    const { proxy, server } = await start(t)
    const outcome = await smtp.send(server, messageTo('bob@example.test'), {
      onTransmitting: async () => {
        proxy.connections[0]?.cut()
        await eventually(() => assert.equal(proxy.connections[0]?.isOpen, false))
        for (let turn = 0; turn < 20; turn++) await setImmediate()
      },
    })
    assert.equal(outcome.kind, 'not_sent')
    assert.deepEqual(proxy.commands(/^Subject/), [])
  })

  test('an address beyond ASCII is refused where SMTPUTF8 is not offered', async (t) => {
    const { proxy, server } = await start(t)
    proxy.rules.add({ fault: 'rewrite', from: 'server', line: /SMTPUTF8/, to: 'X-NONE' })
    const { outcome } = await send(server, { ...messageTo('zoë@example.test'), requiresSmtpUtf8: true })
    assert.ok(outcome.kind === 'rejected' && outcome.isPermanent)
    assert.deepEqual(proxy.commands(/^MAIL/), [])
  })
})

suite('smtp verify', () => {
  const failing = async (server: PasswordServer, client = smtp): Promise<{ code: string; message: string }> => {
    const error = await client.verify(server).then(
      () => assert.fail('verified'),
      (thrown) => thrown,
    )
    assert.equal(JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('wr0ng-secret'), false)
    assert.equal(String(error.stack).includes('wr0ng-secret'), false)
    return error
  }

  test('signs in and leaves', async (t) => {
    const { proxy, server } = await start(t)
    await smtp.verify(server)
    assert.deepEqual(proxy.commands(/^MAIL/), [])
  })

  test('names a wrong password without repeating it, though the server does', async (t) => {
    const { server } = await start(t)
    const error = await failing({ ...server, password: 'wr0ng-secret' })
    assert.equal(error.code, 'mail.authentication_failed')
    assert.match(error.message, /Bad credentials for alice@example.test: \[hidden\]/)
  })

  test('names an unreachable port, an unknown host and a forbidden one', async (t) => {
    const { proxy, server } = await start(t)
    proxy.refuse()
    assert.equal((await failing(server)).code, 'mail.host_unreachable')
    const unknownHost = Object.assign(new Error('not found'), { code: 'ENOTFOUND' })
    const blind = createHostGuard({ allow: [], resolve: () => Promise.reject(unknownHost) })
    const lost = createSmtp({ guard: blind, log, isPlaintextAllowed: true })
    assert.equal((await failing({ ...server, host: 'nowhere.test' }, lost)).code, 'mail.host_unreachable')
    const strict = createSmtp({ guard: createHostGuard({ allow: [] }), log, isPlaintextAllowed: true })
    assert.equal((await failing(server, strict)).code, 'mail.host_forbidden')
  })

  test('names a certificate that nobody vouches for, over TLS and after STARTTLS', async (t) => {
    const direct = await startSmtpSink({ secure: true })
    const upgrading = await startSmtpSink({ hideSTARTTLS: false })
    t.after(() => Promise.all([direct.close(), upgrading.close()]))
    const overTls = await failing({ ...serverAt(direct), security: 'tls' })
    assert.equal(overTls.code, 'mail.certificate_invalid')
    const upgraded = await failing({ ...serverAt(upgrading), security: 'starttls' })
    assert.equal(upgraded.code, 'mail.certificate_invalid')
  })

  test('never signs in without encryption when that was asked for or is forbidden', async (t) => {
    const { proxy, server } = await start(t)
    assert.equal((await failing({ ...server, security: 'starttls' })).code, 'mail.plaintext_refused')
    assert.deepEqual(proxy.commands(/^AUTH/), [])
    const strict = createSmtp({ guard, log, isPlaintextAllowed: false })
    assert.equal((await failing(server, strict)).code, 'mail.plaintext_refused')
  })

  test('says so when a port does not speak TLS', async (t) => {
    const { server } = await start(t)
    assert.equal((await failing({ ...server, security: 'tls' })).code, 'mail.server_error')
  })
})
