import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { suite, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { PasswordServer } from '#integrations/mail-server/mail-server.ts'
import { AppError } from '#platform/errors.ts'
import { createHostGuard } from '#platform/network/host-guard.ts'
import { createLog } from '#platform/observability/log.ts'
import { eventually } from '../../../test/harness/eventually.ts'
import { type FaultProxy, startFaultProxy } from '../../../test/harness/fault-proxy.ts'
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from '../../../test/harness/smtp-sink.ts'
import { createSmtp, type SmtpMessage, type SmtpOutcome } from './smtp.ts'

const log = createLog({ level: 'silent', format: 'json' })
const guard = createHostGuard({ allow: ['127.0.0.1'] })
const smtp = createSmtp({ guard, log, isPlaintextAllowed: true })

const mime = 'Subject: dots\r\n\r\n.first\r\n..second\r\nbare\nlast'
const messageTo = (...to: string[]): SmtpMessage => ({
  from: 'alice@example.test',
  to,
  size: mime.length,
  requiresSmtpUtf8: false,
  isEightBit: false,
  mime: async () => Readable.from([Buffer.from(mime)]),
})

async function start(t: TestContext, options: SmtpSinkOptions = {}) {
  const sink = await startSmtpSink(options)
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

/** Over a connection of its own; one that could not be had is an outcome too. */
async function sendOnce(
  server: PasswordServer,
  message: SmtpMessage,
  onTransmitting: () => Promise<void> = async () => undefined,
): Promise<SmtpOutcome> {
  const session = await smtp.open(server).catch((error: unknown) => error)
  if (session instanceof AppError) return { kind: 'not_sent', error: session }
  const { send, quit } = session as Awaited<ReturnType<typeof smtp.open>>
  try {
    return await send(message, { onTransmitting })
  } finally {
    quit()
  }
}

/** Sends and tells how often content was announced. */
async function send(server: PasswordServer, message: SmtpMessage) {
  let announced = 0
  const outcome = await sendOnce(server, message, async () => {
    announced++
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
    const sending = sendOnce(server, messageTo('bob@example.test'), () => Promise.reject(reason))
    await assert.rejects(sending, reason)
    assert.deepEqual(proxy.commands(/^(Subject|\.$)/), [])
    assert.equal(sink.received.length, 0)
  })

  test('a connection lost while the sender is still recording has sent nothing', async (t) => {
    const { proxy, server } = await start(t)
    const outcome = await sendOnce(server, messageTo('bob@example.test'), async () => {
      proxy.connections[0]?.cut()
      await eventually(() => assert.equal(proxy.connections[0]?.isOpen, false))
      for (let turn = 0; turn < 20; turn++) await setImmediate()
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

  test('a message larger than the server takes, or with bytes that it does not take, is refused with the reason', async (t) => {
    const { proxy, server } = await start(t, { size: 1000 })
    const large = await send(server, { ...messageTo('bob@example.test'), size: 1001 })
    assert.ok(large.outcome.kind === 'rejected' && large.outcome.isPermanent)
    assert.match(large.outcome.response, /1001 bytes.* 1000/)
    proxy.rules.add({ fault: 'rewrite', from: 'server', line: /8BITMIME/, to: 'X-NONE' })
    const eightBit = await send(server, { ...messageTo('bob@example.test'), isEightBit: true })
    assert.ok(eightBit.outcome.kind === 'rejected' && eightBit.outcome.isPermanent)
    assert.deepEqual(proxy.commands(/^MAIL/), [])
  })

  test('what the server offers is used: sizes, bytes beyond ASCII, reports that name the message', async (t) => {
    const { proxy, server } = await start(t, { hideDSN: false, size: 100_000 })
    const reports = { envelopeId: 'id+1', of: 'failure_and_delay' } as const
    const message = { ...messageTo('b+c@example.test'), isEightBit: true, requiresSmtpUtf8: true, reports }
    assert.equal((await send(server, message)).outcome.kind, 'accepted')
    assert.deepEqual(proxy.commands(/^(MAIL|RCPT)/), [
      `MAIL FROM:<alice@example.test> SIZE=${mime.length} BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=id+2B1`,
      'RCPT TO:<b+c@example.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;b+2Bc@example.test',
    ])
    proxy.forgetTranscript()
    assert.equal((await send(server, { ...message, reports: { ...reports, of: 'never' } })).outcome.kind, 'accepted')
    assert.deepEqual(proxy.commands(/^RCPT/), ['RCPT TO:<b+c@example.test> NOTIFY=NEVER'])
  })

  test('one connection takes message after message, refused ones in between', async (t) => {
    const { sink, proxy, server } = await start(t)
    sink.answerToRcpt = (address) => (address.startsWith('gone') ? '550 5.1.1 no such user' : undefined)
    const session = await smtp.open(server)
    const kinds: string[] = []
    for (const to of ['bob', 'gone', 'carol', 'dora']) {
      sink.answerToMessage = () => (to === 'carol' ? '451 4.3.0 later' : undefined)
      const { kind } = await session.send(messageTo(`${to}@example.test`), { onTransmitting: async () => undefined })
      kinds.push(kind)
    }
    assert.deepEqual(kinds, ['accepted', 'rejected', 'rejected', 'accepted'])
    assert.equal(session.isUsable(), true)
    session.quit()
    assert.equal(session.isUsable(), false)
    assert.equal(proxy.connections.length, 1)
    assert.deepEqual(
      sink.received.map(({ to }) => to),
      [['bob@example.test'], ['dora@example.test']],
    )
  })

  test('without PIPELINING each command waits for its answer, and a refusal ends the message', async (t) => {
    const { sink, proxy, server } = await start(t)
    proxy.rules.add({ fault: 'rewrite', from: 'server', line: /PIPELINING/, to: 'X-NONE' })
    sink.answerToRcpt = (address) => (address.startsWith('gone') ? '550 5.1.1 no such user' : undefined)
    const mixed = await send(server, messageTo('gone@example.test', 'bob@example.test'))
    assert.equal(mixed.outcome.kind, 'accepted')
    proxy.forgetTranscript()
    assert.equal((await send(server, messageTo('gone@example.test'))).outcome.kind, 'rejected')
    assert.deepEqual(proxy.commands(/^(DATA|\.)/), [])
    const said = proxy.transcript.filter(({ line }) => /^(MAIL|RCPT|250 .*(Accepted|OK)|550)/i.test(line))
    assert.deepEqual(
      said.map(({ from }) => from),
      ['client', 'server', 'client', 'server'],
    )
  })

  test('a server that refuses an empty sender gets the other one', async (t) => {
    const { sink, proxy, server } = await start(t)
    proxy.rules.add({ fault: 'answer', command: /^MAIL FROM:<>/, answer: '550 5.7.1 no empty senders here' })
    proxy.rules.add({ fault: 'rewrite', from: 'server', line: /PIPELINING/, to: 'X-NONE' })
    const message = { ...messageTo('bob@example.test'), from: '', fallbackFrom: 'alice@example.test' }
    assert.equal((await send(server, message)).outcome.kind, 'accepted')
    assert.equal(sink.received[0]?.from, 'alice@example.test')
    assert.equal((await send(server, message)).outcome.kind, 'accepted')
    assert.equal(sink.received[1]?.from, '')
  })

  test('a server that says why it leaves is quoted', async (t) => {
    const { proxy, server } = await start(t)
    proxy.rules.add({ fault: 'inject', from: 'client', line: /^MAIL/, text: '421 4.7.0 too many messages\r\n' })
    proxy.rules.add({ fault: 'cut', from: 'client', line: /^DATA/ })
    const { outcome } = await send(server, messageTo('bob@example.test'))
    assert.ok(outcome.kind === 'not_sent')
    assert.match(outcome.error.message, /too many messages/)
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
