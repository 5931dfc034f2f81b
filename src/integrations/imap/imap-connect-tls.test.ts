import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import tls from 'node:tls'
import { createHostGuard } from '#platform/network/host-guard.ts'
import { createLog } from '#platform/observability/log.ts'
import { type Dovecot, startDovecot } from '../../../test/harness/dovecot.ts'
import { skipWithoutDovecot } from '../../../test/harness/servers.ts'
import { createImapConnect } from './imap-connect.ts'

suite('imap connect over TLS', { skip: skipWithoutDovecot }, () => {
  let dovecot: Dovecot
  const trusted = tls.getCACertificates('default')
  const log = createLog({ level: 'silent', format: 'json' })
  // Every name leads to the test server: only its certificate tells who it is.
  const guard = createHostGuard({ allow: ['127.0.0.1'], resolve: async () => [{ address: '127.0.0.1' }] })
  const connect = createImapConnect({ guard, log, isPlaintextAllowed: false })

  before(async () => {
    dovecot = await startDovecot()
    tls.setDefaultCACertificates([...trusted, dovecot.certificate])
  })
  after(async () => {
    tls.setDefaultCACertificates(trusted)
    await dovecot.close()
  })

  const serverAt = (host: string, security: 'tls' | 'starttls') => ({
    ...{ host, security, port: security === 'tls' ? dovecot.tlsPort : dovecot.port },
    ...dovecot.user('alice'),
  })

  for (const security of ['tls', 'starttls'] as const) {
    for (const host of ['localhost', '127.0.0.1']) {
      test(`signs in to ${host} by ${security} with QRESYNC on`, async () => {
        const client = await connect(serverAt(host, security))
        assert.equal(client.secureConnection, true)
        assert.ok(client.enabled.has('QRESYNC'))
        await client.logout()
      })
    }

    test(`a certificate of another name is refused by ${security}, though the address is right`, async () => {
      const connecting = connect(serverAt('mail.example', security))
      await assert.rejects(connecting, (error: { code?: string }) => error.code === 'mail.certificate_invalid')
    })
  }

  test('a wrong password is named over TLS as well', async () => {
    const connecting = connect({ ...serverAt('localhost', 'tls'), password: 'no' })
    await assert.rejects(connecting, (error: { code?: string }) => error.code === 'mail.authentication_failed')
  })
})
