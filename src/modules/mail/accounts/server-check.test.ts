import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pino } from 'pino'
import { createImapConnect } from '#integrations/imap/imap-connect.ts'
import { createSmtp } from '#integrations/smtp/smtp.ts'
import type { AppError } from '#platform/errors.ts'
import { createHostGuard } from '#platform/network/host-guard.ts'
import { type SmtpSink, startSmtpSink } from '../../../../test/harness/smtp-sink.ts'
import { createServerCheck } from './server-check.ts'

// Every name leads here: to this machine, large providers included.
const guard = createHostGuard({ allow: ['127.0.0.1'], resolve: async () => [{ address: '127.0.0.1' }] })
const deps = { guard, log: pino({ level: 'silent' }), isPlaintextAllowed: true }
const check = createServerCheck({ imapConnect: createImapConnect(deps), smtp: createSmtp(deps) })

let sink: SmtpSink
before(async () => {
  sink = await startSmtpSink()
})
after(() => sink.close())

const failureAt = (host: string, login: { password: string } | { accessToken: string }): Promise<AppError> =>
  check({ smtp: { host, port: sink.port, security: 'none', username: 'ann@gmail.com', ...login } }).then(
    () => assert.fail('it was let in'),
    (error) => error,
  )

test('a provider that takes app passwords only says where to make one when another is refused', async () => {
  const error = await failureAt('smtp.gmail.com', { password: 'usual' })
  assert.equal(error.code, 'mail.authentication_failed')
  assert.match(error.message, /Gmail takes an app password only.*https:\/\/myaccount\.google\.com\/apppasswords/)
  assert.equal(error.details?.[0]?.message, error.message)
})

test('others say what their server said', async () => {
  assert.match((await failureAt('mail.gmx.net', { password: 'wrong' })).message, /refused the user name or password/)
  assert.match((await failureAt('smtp.gmail.com.example', { password: 'wrong' })).message, /refused the user name/)
})
