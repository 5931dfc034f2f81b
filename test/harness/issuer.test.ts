import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { type Issuer, startIssuer } from './issuer.ts'

suite('test issuer', () => {
  let issuer: Issuer
  before(async () => {
    issuer = await startIssuer()
  })
  after(() => issuer.close())

  const verify = async (token: string) => {
    const { jwks_uri } = (await (await fetch(`${issuer.url}/.well-known/openid-configuration`)).json()) as {
      jwks_uri: string
    }
    const options = { issuer: issuer.url, audience: issuer.audience, algorithms: ['RS256'] }
    return (await jwtVerify(token, createRemoteJWKSet(new URL(jwks_uri)), options)).payload
  }

  test('its tokens hold before and after a rotation, each with its own key only', async () => {
    const old = await issuer.token({ sub: 'alice', groups: ['ulti-admins'] })
    const payload = await verify(old)
    assert.equal(payload.email, 'alice@example.test')
    assert.deepEqual(payload.groups, ['ulti-admins'])
    await issuer.rotateKey()
    await assert.rejects(verify(old), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
    assert.equal((await verify(await issuer.token({ sub: 'bob' }))).sub, 'bob')
  })

  test('makes tokens that must be refused', async () => {
    const claims = { sub: 'mallory' }
    await assert.rejects(verify(await issuer.token(claims, { key: 'foreign' })), {
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    })
    await assert.rejects(verify(await issuer.token(claims, { key: 'none' })), { code: 'ERR_JOSE_ALG_NOT_ALLOWED' })
    await assert.rejects(verify(await issuer.token(claims, { key: 'hs256' })), { code: 'ERR_JOSE_ALG_NOT_ALLOWED' })
    await assert.rejects(verify(await issuer.token(claims, { expiresInSeconds: -60 })), { code: 'ERR_JWT_EXPIRED' })
    await assert.rejects(verify(await issuer.token({ ...claims, aud: 'other' })), {
      code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    })
  })

  test('counts what is fetched, also while it is down', async () => {
    const { jwks } = issuer.fetches
    issuer.isDown = true
    assert.equal((await fetch(`${issuer.url}/jwks`)).status, 503)
    issuer.isDown = false
    assert.equal(issuer.fetches.jwks, jwks + 1)
  })
})
