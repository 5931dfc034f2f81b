import assert from 'node:assert/strict'
import { after, suite, type TestContext, test } from 'node:test'
import { type Issuer, startIssuer } from '../../../test/harness/issuer.ts'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { createMemoryCache } from '../cache/memory-cache.ts'
import { AppError } from '../errors.ts'
import { createAccessTokens } from './access-tokens.ts'
import { createEndings } from './endings.ts'
import { createDiscovery } from './issuer.ts'
import { permissionsOf } from './permissions.ts'
import { createPrincipalStore } from './principal-store.ts'
import { createTokenVerifier } from './token-verifier.ts'

const publicUrl = 'https://ulti.example.test'
const table = { '*': ['mail:read'], writers: ['mail:write'], 'ulti-admins': ['admin'] }
const grants = (groups: readonly string[]) => permissionsOf(groups, table)

suite('authentication', async () => {
  const { database, close } = await openTestDatabase()
  after(close)

  async function start(t: TestContext, acceptedIssuers: string[] = []) {
    const issuer = await startIssuer()
    t.after(() => issuer.close())
    return { issuer, authenticate: authenticatorOf(issuer, acceptedIssuers) }
  }
  function authenticatorOf({ url, audience }: Issuer, acceptedIssuers: string[] = []) {
    const discover = createDiscovery({ issuer: url, acceptedIssuers, publicUrl })
    const verifier = createTokenVerifier({ discover, audience })
    const endings = createEndings(createMemoryCache())
    const principals = createPrincipalStore(database)
    const tokens = createAccessTokens({ verifier, principals, grants, endings })
    return async (token: string) => tokens.authenticate(token)
  }
  const refusedAs = (code: string) => (error: unknown) => error instanceof AppError && error.code === code
  const now = () => Math.floor(Date.now() / 1000)

  test('a token of the issuer lets its subject in until it expires', async (t) => {
    const { issuer, authenticate } = await start(t)
    const actor = await authenticate(await issuer.token({ sub: 'alice', name: 'Alice', email: 'a@example.test' }))
    assert.deepEqual([actor.email, actor.displayName], ['a@example.test', 'Alice'])
    const left = actor.expiresAt.getTime() - Date.now()
    assert.ok(left > 290_000 && left <= 300_000)
  })

  test('whatever token is not of the issuer, for us and now is refused', async (t) => {
    const { issuer, authenticate } = await start(t)
    const claims = { sub: 'mallory' }
    const refused: [what: string, token: string][] = [
      ['unsigned', await issuer.token(claims, { key: 'none' })],
      ['signed with the public key as a secret', await issuer.token(claims, { key: 'hs256' })],
      ['signed with a foreign key', await issuer.token(claims, { key: 'foreign' })],
      ['signed with a key that nobody knows', await issuer.token(claims, { key: 'foreign', kid: 'unheard-of' })],
      ['for somebody else', await issuer.token({ ...claims, aud: 'other' })],
      ['for nobody', await issuer.token({ ...claims, aud: [] })],
      ['of another issuer', await issuer.token({ ...claims, iss: 'https://elsewhere.example.test' })],
      ['of an issuer that differs in a slash', await issuer.token({ ...claims, iss: `${issuer.url}/` })],
      ['not valid yet', await issuer.token({ ...claims, nbf: now() + 60 })],
      ['without an end', await issuer.token({ ...claims, exp: undefined as never })],
      ['without a subject', await issuer.token({ sub: '' })],
      ['with a number for a subject', await issuer.token({ sub: 1 as never })],
      ['of two parts', (await issuer.token(claims)).split('.').slice(0, 2).join('.')],
      ['garbage', 'garbage'],
    ]
    for (const [what, token] of refused) {
      await assert.rejects(authenticate(token), refusedAs('auth.invalid_token'), what)
    }
    const altered = (await issuer.token({ sub: 'mallory', groups: [] })).split('.')
    altered[1] = Buffer.from(JSON.stringify({ sub: 'alice', groups: ['ulti-admins'] })).toString('base64url')
    await assert.rejects(authenticate(altered.join('.')), refusedAs('auth.invalid_token'), 'altered')
    const seen = await database.selectFrom('principal').select('id').where('subject', '=', 'mallory').execute()
    assert.equal(seen.length, 0, 'a refused token makes nobody')
  })

  test('an expired token says that it expired, also when it was good a moment ago', async (t) => {
    const { issuer, authenticate } = await start(t)
    await assert.rejects(
      authenticate(await issuer.token({ sub: 'late' }, { expiresInSeconds: -1 })),
      refusedAs('auth.expired_token'),
    )
    const token = await issuer.token({ sub: 'late' }, { expiresInSeconds: 30 })
    await authenticate(token)
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 31_000 })
    await assert.rejects(authenticate(token), refusedAs('auth.expired_token'))
  })

  test('a rotated key is found without a restart, and unknown keys are asked for once a minute at most', async (t) => {
    const { issuer, authenticate } = await start(t)
    await authenticate(await issuer.token({ sub: 'rotated' }))
    assert.deepEqual(issuer.fetches, { discovery: 1, jwks: 1 })
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 61_000 })
    await issuer.rotateKey()
    await authenticate(await issuer.token({ sub: 'rotated' }))
    assert.equal(issuer.fetches.jwks, 2)
    for (let at = 0; at < 20; at++) {
      const unknown = await issuer.token({ sub: 'mallory' }, { key: 'foreign', kid: `unknown-${at}` })
      await assert.rejects(authenticate(unknown), refusedAs('auth.invalid_token'))
    }
    assert.deepEqual(issuer.fetches, { discovery: 1, jwks: 2 })
    t.mock.timers.setTime(Date.now() + 61_000)
    const unknown = await issuer.token({ sub: 'mallory' }, { key: 'foreign', kid: 'unknown' })
    await assert.rejects(Promise.all(Array.from({ length: 20 }, () => authenticate(unknown))))
    assert.equal(issuer.fetches.jwks, 3)
  })

  test('an issuer that is away is said to be away, until it is back', async (t) => {
    const { issuer, authenticate } = await start(t)
    issuer.isDown = true
    const token = await issuer.token({ sub: 'waiting' })
    await assert.rejects(authenticate(token), refusedAs('upstream_unavailable'))
    issuer.isDown = false
    assert.ok(await authenticate(token))
  })

  test('with the keys at hand tokens hold while the issuer is away; only an unknown key needs it', async (t) => {
    const { issuer, authenticate } = await start(t)
    await authenticate(await issuer.token({ sub: 'early' }))
    issuer.isDown = true
    assert.ok(await authenticate(await issuer.token({ sub: 'later' })))
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 61_000 })
    const unknown = await issuer.token({ sub: 'x' }, { key: 'foreign', kid: 'unknown' })
    await assert.rejects(authenticate(unknown), refusedAs('upstream_unavailable'))
  })

  test('groups grant what the table says, beside what everybody may', async (t) => {
    const { issuer, authenticate } = await start(t)
    const permissionsOf = async (groups: unknown) =>
      [...(await authenticate(await issuer.token({ sub: 'grouped', groups: groups as string[] }))).permissions]
        .filter((permission) => !permission.startsWith('account:'))
        .sort()
    assert.deepEqual(await permissionsOf(undefined), ['mail:read'])
    assert.deepEqual(await permissionsOf(['writers', 'unknown']), ['mail:read', 'mail:write'])
    assert.deepEqual(await permissionsOf(['ulti-admins']), ['admin', 'mail:read'])
    for (const odd of ['ulti-admins', { 'ulti-admins': true }, [['ulti-admins']], ['__proto__', 'constructor'], [1]]) {
      assert.deepEqual(await permissionsOf(odd), ['mail:read'], JSON.stringify(odd))
    }
  })

  test('the first sight of a subject makes one person, however many see it first', async (t) => {
    const { issuer } = await start(t)
    const tokens = await Promise.all(Array.from({ length: 10 }, (_, at) => issuer.token({ sub: 'new', jti: `${at}` })))
    const nodes = [authenticatorOf(issuer), authenticatorOf(issuer)]
    const actors = await Promise.all(tokens.flatMap((token) => nodes.map((authenticate) => authenticate(token))))
    assert.equal(new Set(actors.map(({ personId }) => personId)).size, 1)
  })

  test('a person is the same under each name of the issuer and another under another issuer', async (t) => {
    const { issuer, authenticate } = await start(t)
    const iss = publicUrl
    const inside = await authenticate(await issuer.token({ sub: 'carol' }))
    const outside = await authenticate(await issuer.token({ sub: 'carol', iss }))
    assert.equal(inside.personId, outside.personId)
    const other = await start(t)
    const stranger = await other.authenticate(await other.issuer.token({ sub: 'carol' }))
    assert.notEqual(stranger.personId, inside.personId)
  })

  test('accepted issuers replace those made up', async (t) => {
    const { issuer, authenticate } = await start(t, ['https://id.example.test'])
    assert.ok(await authenticate(await issuer.token({ sub: 'dave', iss: 'https://id.example.test' })))
    await assert.rejects(authenticate(await issuer.token({ sub: 'dave' })), refusedAs('auth.invalid_token'))
  })

  test('name and address follow the token; a token without them takes nothing away', async (t) => {
    const { issuer, authenticate } = await start(t)
    const see = async (claims: object) => {
      const { email, displayName } = await authenticate(
        await issuer.token({ sub: 'erin', jti: crypto.randomUUID(), ...claims }),
      )
      return [email, displayName]
    }
    assert.deepEqual(await see({ name: 'Erin', email: 'erin@example.test' }), ['erin@example.test', 'Erin'])
    assert.deepEqual(await see({ name: 'Erin B', email: undefined }), ['erin@example.test', 'Erin B'])
    assert.deepEqual(await see({ name: 'Er\0in' }), ['erin@example.test', 'Erin'])
  })
})
