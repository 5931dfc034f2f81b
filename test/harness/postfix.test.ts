import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, before, suite, test } from 'node:test'
import { createSmtp, type SmtpMessage } from '../../src/integrations/smtp/smtp.ts'
import { createHostGuard } from '../../src/platform/network/host-guard.ts'
import { createLog } from '../../src/platform/observability/log.ts'
import { type Dovecot, startDovecot } from './dovecot.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { type Postfix, startPostfix } from './postfix.ts'
import { skipWithoutDovecot, skipWithoutPostfix } from './servers.ts'

const log = createLog({ level: 'silent', format: 'json' })
const smtp = createSmtp({ guard: createHostGuard({ allow: ['127.0.0.1'] }), log, isPlaintextAllowed: true })

suite('sending to a real Postfix', { skip: skipWithoutDovecot || skipWithoutPostfix }, () => {
  let dovecot: Dovecot
  let postfix: Postfix
  let proxy: FaultProxy

  before(async () => {
    dovecot = await startDovecot()
    postfix = await startPostfix(dovecot, ['bdat', 'data', 'plain', 'large', 'utf8', 'zoë'])
    proxy = await startFaultProxy({ target: postfix, protocol: 'smtp' })
  })
  after(async () => {
    await proxy.close()
    await postfix.close()
    await dovecot.close()
  })

  async function send(mime: string | Buffer, to: string[], changes: Partial<SmtpMessage> = {}) {
    const bytes = Buffer.from(mime as string)
    const user = dovecot.user('alice')
    const session = await smtp.open({ host: '127.0.0.1', port: proxy.port, security: 'none', ...user })
    const message: SmtpMessage = {
      ...{ from: 'alice@example.test', to, size: bytes.length, requiresSmtpUtf8: false, isEightBit: false },
      reports: { envelopeId: '0192f000-0000-7000-8000-000000000000', of: 'failure_and_delay' },
      mime: async () => Readable.from([bytes]),
      ...changes,
    }
    const outcome = await session.send(message, { onTransmitting: async () => undefined })
    session.quit()
    return outcome
  }
  const bodyOf = (mime: string) => mime.slice(mime.indexOf('\n\n') + 2)

  for (const [name, hidden] of [
    ['bdat', undefined],
    ['data', /CHUNKING/],
    ['plain', /CHUNKING|PIPELINING/],
  ] as const) {
    test(`a message of many lines and dots arrives unchanged by ${name === 'plain' ? 'DATA without PIPELINING' : name.toUpperCase()}`, async () => {
      proxy.rules.clear()
      proxy.forgetTranscript()
      if (hidden) proxy.rules.add({ fault: 'rewrite', from: 'server', line: hidden, to: 'X-NONE' })
      const user = dovecot.user(name)
      const body = '.\r\n..\r\n.dot\r\n'.repeat(2000) + 'x'.repeat(900)
      const outcome = await send(`Subject: dots\r\n\r\n${body}\n\n\nend`, [user.username])
      assert.equal(outcome.kind, 'accepted')
      assert.equal(proxy.commands(/^BDAT/).length, hidden ? 0 : 1)
      await postfix.drained()
      const [arrived = '', ...more] = await postfix.delivered(user)
      assert.equal(more.length, 0)
      assert.equal(bodyOf(arrived), `${body.replaceAll('\r\n', '\n')}\n\n\nend\n`)
    })
  }

  test('a large message goes in several chunks, and each recipient is answered for', async () => {
    proxy.rules.clear()
    proxy.forgetTranscript()
    const user = dovecot.user('large')
    const body = `${'y'.repeat(76)}\r\n`.repeat(30_000)
    const outcome = await send(`Subject: large\r\n\r\n${body}`, [user.username, 'nobody@example.test'])
    assert.ok(outcome.kind === 'accepted')
    assert.deepEqual(
      outcome.recipients.map(({ state }) => state),
      ['accepted', 'refused'],
    )
    assert.match(outcome.recipients[1]?.response ?? '', /^550 5\.1\.1 /)
    assert.equal(proxy.transcript.filter(({ line }) => /BDAT \d+( LAST)?$/.test(line)).length, 5)
    await postfix.drained()
    const [arrived = ''] = await postfix.delivered(user)
    assert.equal(bodyOf(arrived), body.replaceAll('\r\n', '\n'))
  })

  test('letters beyond ASCII go as they are, in addresses and in content', async () => {
    const user = dovecot.user('utf8')
    const mime = Buffer.from('Subject: =?utf-8?Q?Z=C3=BCrich?=\r\nTo: zoë@example.test\r\n\r\ngrüße\r\n')
    const outcome = await send(mime, [user.username, 'zoë@example.test'], { requiresSmtpUtf8: true, isEightBit: true })
    assert.ok(outcome.kind === 'accepted' && outcome.recipients.every(({ state }) => state === 'accepted'))
    await postfix.drained()
    assert.match(Buffer.from((await postfix.delivered(user))[0] ?? '', 'latin1').toString(), /grüße/)
  })
})
