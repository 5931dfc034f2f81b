import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { createImapConnect } from '#integrations/imap/imap-connect.ts'
import { createSmtp } from '#integrations/smtp/smtp.ts'
import { AppError } from '#platform/errors.ts'
import { createHostGuard } from '#platform/network/host-guard.ts'
import type { TokenServer } from './mail-server.ts'

const deps = {
  guard: createHostGuard({ allow: ['127.0.0.1'] }),
  log: pino({ level: 'silent' }),
  isPlaintextAllowed: true,
}
const smtp = createSmtp(deps)
const imapConnect = createImapConnect(deps)
const closing: (() => void)[] = []
after(() => {
  for (const close of closing) close()
})

/** A server that says `greeting`, then to each line what `answer` makes of it; and how to sign in there. */
async function serve(greeting: string, answer: (line: string) => string) {
  const lines: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    socket.write(`${greeting}\r\n`)
    createInterface(socket).on('line', (line) => {
      lines.push(line)
      socket.write(answer(line))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const login: TokenServer = {
    ...{ host: '127.0.0.1', port: (server.address() as AddressInfo).port, security: 'none' },
    ...{ username: 'ann@example.test', accessToken: 'token-1' },
  }
  return { login, lines }
}

const smtpAnswers = (mechanisms: string, isGood: (sasl: string) => boolean) => (line: string) => {
  if (/^EHLO/.test(line)) return `250-here\r\n250 AUTH ${mechanisms}\r\n`
  const [, sasl] = /^AUTH \w+ (\S+)/.exec(line) ?? []
  if (!sasl) return '535 5.7.8 no\r\n'
  const decoded = Buffer.from(sasl, 'base64').toString()
  return isGood(decoded) ? '235 2.7.0 ok\r\n' : `334 ${Buffer.from('{"status":"401"}').toString('base64')}\r\n`
}
const always = () => true
const never = () => false

test('SMTP: OAUTHBEARER in the form of RFC 7628 where it is offered, else XOAUTH2', async () => {
  const standard = await serve('220 here', smtpAnswers('PLAIN XOAUTH2 OAUTHBEARER', always))
  await smtp.verify(standard.login)
  const [, mechanism, sasl = ''] = standard.lines[1]?.split(' ') ?? []
  assert.equal(mechanism, 'OAUTHBEARER')
  const fields = Buffer.from(sasl, 'base64').toString().split('\x01')
  const { port } = standard.login
  assert.deepEqual(fields, ['n,a=ann@example.test,', 'host=127.0.0.1', `port=${port}`, 'auth=Bearer token-1', '', ''])

  const older = await serve('220 here', smtpAnswers('LOGIN XOAUTH2', always))
  await smtp.verify(older.login)
  assert.match(older.lines[1] ?? '', /^AUTH XOAUTH2 /)
})

test('SMTP: a refused token is tried once, the exchange ended as each mechanism wants it', async () => {
  for (const [mechanism, dummy] of [
    ['OAUTHBEARER', 'AQ=='],
    ['XOAUTH2', ''],
  ] as const) {
    const { login, lines } = await serve('220 here', smtpAnswers(mechanism, never))
    await assert.rejects(smtp.verify(login), { code: 'mail.authentication_failed' })
    assert.equal(lines.filter((line) => line.startsWith('AUTH')).length, 1)
    assert.equal(lines[2], dummy)
  }
})

test('SMTP: a server without a mechanism for tokens gets none', async () => {
  const { login, lines } = await serve('220 here', smtpAnswers('PLAIN LOGIN', always))
  await assert.rejects(smtp.verify(login), { code: 'mail.server_error' })
  assert.ok(!lines.some((line) => line.startsWith('AUTH')))
})

test('a refused token is renewed and tried once more, and what the renewal throws is told', async () => {
  const { login, lines } = await serve(
    '220 here',
    smtpAnswers('XOAUTH2', (sasl) => sasl.includes('token-2')),
  )
  await smtp.verify({ ...login, renewAccessToken: async () => 'token-2' })
  assert.equal(lines.filter((line) => line.startsWith('AUTH')).length, 2)
  let renewals = 0
  const renewAccessToken = async () => `token-x${renewals++}`
  await assert.rejects(smtp.verify({ ...login, renewAccessToken }), { code: 'mail.authentication_failed' })
  assert.equal(renewals, 1)
  const over = new AppError('unprocessable', 'mail.needs_reauthentication', 'Over.')
  await assert.rejects(smtp.verify({ ...login, renewAccessToken: () => Promise.reject(over) }), over)
})

test('a server that echoes the token does not bring it into errors', async () => {
  const echo = (line: string) => {
    if (/^EHLO/.test(line)) return '250-here\r\n250 AUTH XOAUTH2\r\n'
    return `535 5.7.8 no: ${line} ${Buffer.from(line.split(' ')[2] ?? '', 'base64').toString('latin1')}\r\n`
  }
  const imapEcho = (line: string) => {
    const [tag, command] = line.split(' ')
    if (command === 'CAPABILITY') return `* CAPABILITY IMAP4rev1 SASL-IR AUTH=OAUTHBEARER\r\n${tag} OK done\r\n`
    return command === 'AUTHENTICATE' ? `${tag} NO refused ${line} token-1\r\n` : `${tag} OK done\r\n`
  }
  const bySmtp = await serve('220 here', echo)
  const byImap = await serve('* OK here', imapEcho)
  for (const [attempt, { lines }] of [
    [() => smtp.verify(bySmtp.login), bySmtp],
    [() => imapConnect(byImap.login), byImap],
  ] as const) {
    await assert.rejects(attempt(), (error: AppError) => {
      assert.equal(error.code, 'mail.authentication_failed')
      const told = `${error.message} ${error.stack} ${(error.cause as Error).stack} ${JSON.stringify(error.cause)}`
      const sasl = lines.flatMap((line) => /(?:AUTH|AUTHENTICATE) \w+ (\S+)/.exec(line)?.[1] ?? [])
      assert.equal(sasl.length, 1)
      for (const secret of ['token-1', ...sasl]) assert.ok(!told.includes(secret), told)
      assert.match(error.message, /OAuth/)
      return true
    })
  }
})
