import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { pino } from 'pino'
import { readConfig } from '#config/config.ts'
import { createImapConnect } from '#integrations/imap/imap-connect.ts'
import { createDatabase } from '#platform/database/database.ts'
import { createEvents } from '#platform/events/events.ts'
import { createGuardedFetch } from '#platform/network/guarded-fetch.ts'
import { createHostGuard } from '#platform/network/host-guard.ts'
import { noUpstreams } from '#platform/observability/upstreams.ts'
import { createKeyRing } from '#platform/secrets/key-ring.ts'
import { reencrypt } from '#platform/secrets/sealed-columns.ts'
import { type OAuthMail, startOAuthMail } from '../../../../test/fixtures/oauth-mail.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'
import { createAccountAccess } from '../accounts/account-access.ts'
import { sealedGrantColumns } from './grants.ts'

const testKey = Buffer.alloc(32, 'test key ')
const guard = createHostGuard({ allow: ['127.0.0.0/8'] })

suite('grants of mail accounts', { skip: skipWithoutDovecot }, () => {
  let mail: OAuthMail
  const closing: (() => Promise<void>)[] = []
  before(async () => {
    mail = await startOAuthMail()
  })
  after(async () => {
    for (const close of closing) await close()
    await mail.close()
  })

  /** What one process has of it: a pool of its own and no memory in common with others. */
  function startNode(keys = new Map([['test', testKey]]), activeKeyId = 'test') {
    const { database, transact, close } = createDatabase({
      ...{ url: mail.app.databaseUrl, poolSize: 4 },
      onError: () => undefined,
    })
    const http = createGuardedFetch(guard)
    closing.push(close, http.close)
    const events = createEvents(database, () => undefined)
    const wake = { account: () => undefined }
    const keyRing = createKeyRing(keys, activeKeyId)
    const { config, secrets } = readConfig({ ...environment(), ULTID_DB_URL: mail.app.databaseUrl })
    const shared = { database, transact, events, wake, keyRing, http, upstreams: noUpstreams, config: config.mail }
    return { ...shared, ...createAccountAccess({ ...shared, oauthSecrets: secrets.mailOAuth }) }
  }

  const environment = () => ({
    ULTID_OBJECTS_DIR: '/nowhere',
    ULTID_OIDC_ISSUER: 'https://id.example.test',
    MAIL_CREDENTIAL_KEYS: `test:${testKey.toString('base64')}`,
    MAIL_ACTIVE_CREDENTIAL_KEY_ID: 'test',
    ...mail.environment,
  })

  async function connect(name: string) {
    const { mail_account_id: id = '' } = await mail.signIn(name, { email: `${name}@example.test` })
    return { id, ownerId: await mail.ownerOf(id), email: `${name}@example.test` }
  }

  test('a token in force is used as it is', async () => {
    const { id, ownerId, email } = await connect('ann')
    const before = mail.provider.refreshes
    const { connections } = startNode()
    const [imap, smtp] = [await connections.imapOf(ownerId, id), await connections.smtpOf(ownerId, id)]
    assert.equal(imap.password, undefined)
    assert.ok(imap.accessToken && mail.provider.isTokenOf(email, imap.accessToken))
    assert.equal(smtp.accessToken, imap.accessToken)
    assert.equal(mail.provider.refreshes, before)
    await assert.rejects(connections.imapOf(id, id), { code: 'not_found' })
  })

  test('however many ask on two nodes at once, an old token is renewed once', async () => {
    const { id, ownerId } = await connect('bea')
    await mail.ageToken(id)
    const before = mail.provider.refreshes
    mail.provider.delayMs = 200
    const nodes = [startNode(), startNode()]
    const asked = nodes.flatMap(({ connections }) => [1, 2, 3, 4, 5].map(() => connections.imapOf(ownerId, id)))
    const tokens = new Set((await Promise.all(asked)).map(({ accessToken }) => accessToken))
    mail.provider.delayMs = 0
    assert.equal(tokens.size, 1)
    assert.equal(mail.provider.refreshes, before + 1)
    // The refresh token that came with it is the one that counts now.
    await mail.ageToken(id)
    await startNode().connections.imapOf(ownerId, id)
    assert.equal(mail.provider.refreshes, before + 2)
  })

  test('a token that says it ends within a minute is renewed before it is used', async () => {
    mail.provider.lifetimeSeconds = 59
    const { id, ownerId } = await connect('cleo')
    mail.provider.lifetimeSeconds = 3600
    const before = mail.provider.refreshes
    await startNode().connections.imapOf(ownerId, id)
    assert.equal(mail.provider.refreshes, before + 1)
  })

  test('a token that a server refuses before its time is replaced, once for all who hold it', async () => {
    const { id, ownerId, email } = await connect('dora')
    const nodes = [startNode(), startNode()]
    const servers = await Promise.all(nodes.map(({ connections }) => connections.imapOf(ownerId, id)))
    mail.provider.expireAccess(email)
    const before = mail.provider.refreshes
    const imapConnect = createImapConnect({ guard, log: pino({ level: 'silent' }), isPlaintextAllowed: true })
    const clients = await Promise.all(servers.map((server) => imapConnect(server)))
    for (const client of clients) await client.logout()
    assert.equal(mail.provider.refreshes, before + 1)
  })

  test('a provider that is away says nothing about the grant', async () => {
    const { id, ownerId } = await connect('eve')
    await mail.ageToken(id)
    const { connections } = startNode()
    mail.provider.isDown = true
    await assert.rejects(connections.imapOf(ownerId, id), { code: 'mail.oauth_unavailable', kind: 'unprocessable' })
    mail.provider.isDown = false
    assert.ok((await connections.imapOf(ownerId, id)).accessToken)
    assert.deepEqual(await mail.eventsOf(id), ['mail.account_created'])
  })

  test('a grant that is taken back is told once, and its provider left alone', async () => {
    const { id, ownerId, email } = await connect('fay')
    await mail.ageToken(id)
    mail.provider.revoke(email)
    const before = mail.provider.refreshes
    for (const { connections } of [startNode(), startNode()]) {
      for (const ask of [connections.imapOf, connections.smtpOf]) {
        await assert.rejects(ask(ownerId, id), { code: 'mail.needs_reauthentication' })
      }
    }
    assert.equal(mail.provider.refreshes, before + 1)
    const { body } = await mail.app.request('GET', `/api/v1/mail/accounts/${id}`, { as: 'fay' })
    assert.deepEqual([body.state, body.error.code], ['needs_reauthentication', 'mail.needs_reauthentication'])
    assert.deepEqual(await mail.eventsOf(id), ['mail.account_created', 'mail.account_updated needs_reauthentication'])
  })

  test('an end that a crash kept from being told is told at the next look', async () => {
    const { id, ownerId } = await connect('gil')
    await mail.database
      .updateTable('mail_oauth_grant')
      .set({ refused_at: new Date() })
      .where('mail_account_id', '=', id)
      .execute()
    await assert.rejects(startNode().connections.imapOf(ownerId, id), { code: 'mail.needs_reauthentication' })
    assert.deepEqual(await mail.eventsOf(id), ['mail.account_created', 'mail.account_updated needs_reauthentication'])
  })

  test('tokens move to another key with everything else that is sealed', async () => {
    const { id, ownerId } = await connect('hal')
    const { accessToken } = await startNode().connections.imapOf(ownerId, id)
    const next = randomBytes(32)
    const { database, keyRing } = startNode(
      new Map([
        ['test', testKey],
        ['next', next],
      ]),
      'next',
    )
    await reencrypt({ database, keyRing, activeKeyId: 'next' }, sealedGrantColumns, () => undefined)
    const alone = startNode(new Map([['next', next]]), 'next')
    assert.equal((await alone.connections.imapOf(ownerId, id)).accessToken, accessToken)
    await mail.ageToken(id)
    assert.ok((await alone.connections.imapOf(ownerId, id)).accessToken)
  })
})
