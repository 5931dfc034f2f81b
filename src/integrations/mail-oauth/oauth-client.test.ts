import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { createGuardedFetch } from '#platform/network/guarded-fetch.ts'
import { createHostGuard } from '#platform/network/host-guard.ts'
import { authorizationUrl, createOAuthClient, type OAuthProvider } from './oauth-client.ts'

let respond: (response: ServerResponse) => void
let asked: { headers: IncomingMessage['headers']; form: Record<string, string> }
const server = createServer(async (request, response) => {
  asked = { headers: request.headers, form: Object.fromEntries(new URLSearchParams(await text(request))) }
  respond(response)
})
const http = createGuardedFetch(createHostGuard({ allow: ['127.0.0.1'] }))
const oauth = createOAuthClient({ http })
let provider: OAuthProvider

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  provider = {
    ...{ name: 'school', clientId: 'ul ti', clientSecret: 's:cr+t', clientAuthentication: 'basic' },
    authorizationEndpoint: 'https://id.school.test/authorize?tenant=1',
    tokenEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    ...{ scopes: ['a', 'b'], parameters: { access_type: 'offline' } },
  }
})
after(async () => {
  server.closeAllConnections()
  server.close()
  await http.close()
})

const answering = (status: number, body: unknown) => {
  respond = (response) => response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
}
const tokens = { access_token: 'access', refresh_token: 'refresh', expires_in: 1200, token_type: 'Bearer' }

test('the authorization request keeps what the endpoint has in its query', () => {
  const url = authorizationUrl(provider, {
    redirectUri: 'https://u/cb',
    state: 's',
    codeChallenge: 'c',
    loginHint: 'a@b',
  })
  const { tenant, scope, access_type, code_challenge_method } = Object.fromEntries(url.searchParams)
  assert.deepEqual([tenant, scope, access_type, code_challenge_method], ['1', 'a b', 'offline', 'S256'])
})

test('the secret travels as the provider wants it; a public client has none', async () => {
  answering(200, tokens)
  assert.deepEqual(await oauth.refresh(provider, 'old'), {
    ...{ accessToken: 'access', refreshToken: 'refresh', expiresInSeconds: 1200 },
  })
  const basic = `Basic ${Buffer.from('ul%20ti:s%3Acr%2Bt').toString('base64')}`
  assert.equal(asked.headers.authorization, basic)
  assert.deepEqual(asked.form, { grant_type: 'refresh_token', refresh_token: 'old' })

  await oauth.refresh({ ...provider, clientAuthentication: 'post' }, 'old')
  assert.equal(asked.headers.authorization, undefined)
  const posted = new Map(Object.entries(asked.form))
  assert.deepEqual([posted.get('client_id'), posted.get('client_secret')], ['ul ti', 's:cr+t'])

  const grant = { code: 'c', codeVerifier: 'v', redirectUri: 'https://u/cb' }
  await oauth.exchange({ ...provider, clientSecret: undefined }, grant)
  assert.deepEqual(asked.form, {
    ...{ grant_type: 'authorization_code', code: 'c', code_verifier: 'v', redirect_uri: 'https://u/cb' },
    client_id: 'ul ti',
  })
})

test('a refresh token that stays in force need not be repeated, nor a lifetime be told as a number', async () => {
  const lifetimes: [unknown, number][] = [
    [undefined, 3600],
    ['600', 600],
    ['soon', 3600],
    [-5, 0],
    [1e12, 86_400],
  ]
  for (const [told, seconds] of lifetimes) {
    answering(200, { access_token: 'access', expires_in: told })
    assert.deepEqual(await oauth.refresh(provider, 'old'), {
      ...{ accessToken: 'access', refreshToken: undefined, expiresInSeconds: seconds },
    })
  }
})

test('a grant that is over is told from a provider that cannot answer', async () => {
  for (const error of ['invalid_grant', 'interaction_required', 'consent_required']) {
    answering(400, { error })
    assert.equal(await oauth.refresh(provider, 'old'), 'refused', error)
  }
  const unusable: [number, unknown][] = [
    [401, { error: 'invalid_client' }],
    [400, { error: 'unauthorized_client' }],
    [429, { error: 'slow_down' }],
    [500, { error: 'invalid_grant' }],
    [400, 'invalid_grant'],
    [302, tokens],
    [200, '<html>'],
    [200, {}],
    [200, { access_token: 'a\u0001auth=Bearer b' }],
    [200, null],
  ]
  for (const [status, body] of unusable) {
    answering(status, body)
    await assert.rejects(oauth.refresh(provider, 'old'), { code: 'mail.oauth_unavailable' }, JSON.stringify(body))
  }
  respond = (response) => response.destroy()
  await assert.rejects(oauth.refresh(provider, 'old'), { code: 'mail.oauth_unavailable' })
  const inward = { ...provider, tokenEndpoint: 'http://169.254.169.254/token' }
  await assert.rejects(oauth.refresh(inward, 'old'), { code: 'mail.oauth_unavailable' })
})

test('no error holds a secret', async () => {
  answering(401, { error: 'invalid_client', error_description: 'old s:cr+t' })
  await assert.rejects(oauth.refresh(provider, 'old-token'), (error: Error) => {
    assert.doesNotMatch(`${error.stack} ${(error.cause as Error).stack}`, /s:cr\+t|old-token/)
    return true
  })
})
