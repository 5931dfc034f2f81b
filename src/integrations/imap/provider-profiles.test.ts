import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { pino } from 'pino'
import { startDovecot } from '../../../test/harness/dovecot.ts'
import { skipWithoutDovecot } from '../../../test/harness/servers.ts'
import { createImapConnect } from './imap-connect.ts'
import { profileOf } from './provider-profiles.ts'

test('a provider is known by its servers, whatever their case, and nobody by a name that looks alike', () => {
  for (const [host, name] of [
    ['imap.gmail.com', 'Gmail'],
    ['SMTP.Office365.com', 'Outlook'],
    ['imap.mail.yahoo.com', 'Yahoo'],
    ['imap.mail.me.com', 'iCloud'],
    ['imap.163.com', 'NetEase'],
    ['imap.rambler.ru', 'Rambler'],
    ['imap.notgmail.com', 'any'],
    ['gmail.com.example', 'any'],
    ['mail.home.com', 'any'],
    ['127.0.0.1', 'any'],
  ] as const) {
    assert.equal(profileOf(host).name, name, host)
  }
})

suite('connections to providers', { skip: skipWithoutDovecot }, () => {
  test('are made without the extensions that these get wrong', async (t) => {
    const dovecot = await startDovecot()
    t.after(() => dovecot.close())
    const guard = { check: async () => ({ address: dovecot.host, family: 4 as const }) }
    const connect = createImapConnect({ guard, log: pino({ level: 'silent' }), isPlaintextAllowed: true })
    const user = dovecot.user('ann')
    const used = async (host: string) => {
      const client = await connect({ host, port: dovecot.port, security: 'none', ...user })
      t.after(() => client.close())
      return [client.enabled.has('QRESYNC'), client.enabled.has('CONDSTORE'), client.capabilities.has('IDLE')]
    }
    assert.deepEqual(await used('imap.example.test'), [true, true, true])
    assert.deepEqual(await used('imap.mail.me.com'), [false, true, true])
    assert.deepEqual(await used('imap.163.com'), [true, true, false])
  })
})
