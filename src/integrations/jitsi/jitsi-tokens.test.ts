import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto'
import { suite, test } from 'node:test'
import { decodeProtectedHeader, importSPKI, jwtVerify } from 'jose'
import { skipWithoutProsody } from '../../../test/harness/servers.ts'
import { createJitsiTokens, type Features, featureNames } from './jitsi-tokens.ts'

const [appId, secret, xmppDomain] = ['ulti', 'a shared secret', 'meet.jitsi']
const tokens = createJitsiTokens({ appId, xmppDomain, algorithm: 'HS256', secret })
const features = Object.fromEntries(featureNames.map((name) => [name, false])) as Features
const inAnHour = () => new Date(Date.now() + 3_600_000)
const claims = (isModerator = false) => ({
  ...{ room: 'Team-Sync', features, expiresAt: inAnHour() },
  user: { id: 'a1', name: 'Zoë', email: 'zoe@ulti.example', isModerator },
})

/** What Jitsi's prosody says, by an implementation of its own. */
const verdict = (token: string, room = 'team-sync'): string =>
  execFileSync('lua5.4', [`${import.meta.dirname}/../../../test/harness/jitsi-verifier.lua`, appId, secret, room], {
    input: token,
    encoding: 'utf8',
  }).trim()

/** A token of any kind, signed as it should be. */
function signed(
  payload: object,
  { header = { alg: 'HS256', typ: 'JWT' }, key = secret }: { header?: object; key?: string } = {},
) {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

suite('tokens for Jitsi', { skip: skipWithoutProsody }, () => {
  test('are accepted, and make a moderator of those who are one', async () => {
    assert.equal(verdict(await tokens.sign(claims(true))), 'accepted moderator')
    assert.equal(verdict(await tokens.sign(claims(false))), 'accepted participant')
  })

  test('let nobody into another room', async () => {
    assert.equal(verdict(await tokens.sign(claims()), 'other'), 'refused another room')
  })

  const now = Math.floor(Date.now() / 1000)
  const good = { iss: appId, aud: appId, sub: xmppDomain, room: 'team-sync', exp: now + 3600 }
  const without = (name: keyof typeof good) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))
  const table: [what: string, token: string, expected: string][] = [
    ['one that is as it should be', signed(good), 'accepted participant'],
    ['one for every room', signed({ ...good, room: '*' }), 'accepted participant'],
    ['one without a room', signed(without('room')), 'refused room missing'],
    ['one without a subject', signed(without('sub')), 'refused sub'],
    ['one without an audience', signed(without('aud')), 'refused aud'],
    ['one for another audience', signed({ ...good, aud: 'other' }), 'refused aud'],
    ['one whose audience is a list', signed({ ...good, aud: [appId] }), 'refused aud'],
    ['one of another issuer', signed({ ...good, iss: 'other' }), 'refused iss'],
    ['one that has expired', signed({ ...good, exp: now - 1 }), 'refused expired'],
    ['one whose expiry is a string', signed({ ...good, exp: String(now + 3600) }), 'refused exp type'],
    ['one of the future', signed({ ...good, nbf: now + 60 }), 'refused nbf'],
    ['one of another secret', signed(good, { key: 'other' }), 'refused signature'],
    [
      'one without a signature',
      `${signed(good, { header: { alg: 'none', typ: 'JWT' } }).replace(/[^.]*$/, '')}`,
      'refused alg',
    ],
    ['one without a type', signed(good, { header: { alg: 'HS256' } }), 'refused typ'],
  ]
  for (const [what, token, expected] of table) {
    test(`the verifier says of ${what}: ${expected}`, () => assert.equal(verdict(token), expected))
  }
})

suite('tokens for Jitsi, their form', () => {
  test('hold what Jitsi reads, a string audience, a numeric expiry and no nbf', async () => {
    const token = await tokens.sign(claims(true))
    const { payload } = await jwtVerify(token, Buffer.from(secret))
    assert.equal(typeof payload.exp, 'number')
    assert.deepEqual(
      [payload.aud, payload.iss, payload.sub, payload.room, payload.nbf],
      [appId, appId, xmppDomain, 'team-sync', undefined],
    )
    assert.deepEqual((payload.context as { user: object }).user, {
      ...{ id: 'a1', name: 'Zoë', moderator: true, affiliation: 'owner', email: 'zoe@ulti.example' },
    })
  })

  test('signed by RS256 are verified with the key that is published under the hash of its id', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const signing = createJitsiTokens({ appId, xmppDomain, algorithm: 'RS256', privateKey: pem, keyId: 'k1' })
    const token = await signing.sign(claims())
    const name = `${createHash('sha256').update('k1').digest('hex')}.pem`
    const published = signing.publishedKey(name)
    assert.ok(published)
    assert.equal(decodeProtectedHeader(token).kid, 'k1')
    await jwtVerify(token, await importSPKI(published, 'RS256'))
    assert.equal(signing.publishedKey('other.pem'), undefined)
    assert.equal(tokens.publishedKey(name), undefined)
  })
})
