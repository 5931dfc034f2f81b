import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { freePort } from '../test/harness/free-port.ts'
import { startIssuer } from './issuer.ts'
import { loadIssuerKeys, signAccessToken } from './issuer-keys.ts'
import { demoUsers } from './users.ts'

const app = 'http://localhost:3000'
const callback = `${app}/auth/callback`
let stateDir: string
let issuer: Awaited<ReturnType<typeof startIssuer>>
let port: number
let ultidPort: number

before(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'ulti-issuer-'))
  port = await freePort()
  ultidPort = await freePort()
  issuer = await start()
})
after(async () => {
  await issuer.close()
  await rm(stateDir, { recursive: true })
})

const start = () => startIssuer({ port, stateDir, appOrigins: [`http://localhost:${ultidPort}`, app] })

test('a sign-in through the page gives an access token that ultid accepts', async () => {
  const { tokens } = await signIn('alice', 'alice')
  const { payload, protectedHeader } = await verify(tokens.access_token)
  assert.equal(protectedHeader.alg, 'RS256')
  assert.equal(payload.sub, 'alice')
  assert.equal(payload.email, 'alice@ulti.example')
  assert.equal(payload.name, 'Alice Martin')
  assert.equal(payload.preferred_username, 'alice')
  assert.deepEqual(payload.groups, ['ulti-admins', 'ulti-users'])
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 3600)
  assert.equal(decodeJwt(tokens.id_token).email, 'alice@ulti.example')
})

test('a wrong password shows the form again and signs nobody in', async () => {
  const browser = createBrowser()
  const { form } = await openForm(browser)
  const answer = await browser(form, { user: 'bob', password: 'alice' })
  assert.equal(answer.status, 401)
  assert.match(await answer.text(), /not the password/)
})

test('a refresh token still works after a restart of the issuer', async () => {
  const { tokens } = await signIn('bob', 'demo', { scope: 'openid offline_access', prompt: 'consent' })
  await issuer.close()
  issuer = await start()
  const renewed = await requestTokens({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  assert.equal((await verify(renewed.access_token)).payload.sub, 'bob')
})

test('signing out tells ultid by back-channel logout', async () => {
  const posted = Promise.withResolvers<string>()
  const ultid = createServer(async (request, response) => {
    posted.resolve(`${request.url} ${await text(request)}`)
    response.end()
  }).listen(ultidPort, '127.0.0.1')
  const { browser, tokens } = await signIn('bob', 'bob')
  const page = await (await browser(`/session/end?id_token_hint=${tokens.id_token}`)).text()
  const [, action = ''] = /action="([^"]+)"/.exec(page) ?? []
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page) ?? []
  await browser(action, { xsrf, logout: 'yes' })
  const [path, token = ''] = (await posted.promise).split(' logout_token=')
  ultid.close()
  assert.equal(path, '/api/v1/auth/backchannel-logout')
  assert.equal((await verify(token)).payload.sub, 'bob')
})

test('a second sign-in of the same browser needs no form', async () => {
  const { browser } = await signIn('carol', 'demo')
  const { location } = await authorize(browser)
  assert.ok(location.startsWith(`${callback}?code=`), location)
})

test('a token signed for the command line verifies against the published keys', async () => {
  const keys = await loadIssuerKeys(stateDir)
  const [alice] = demoUsers
  assert.ok(keys && alice)
  const { payload } = await verify(await signAccessToken(keys, alice))
  assert.equal(payload.sub, 'alice')
  assert.deepEqual(payload.groups, ['ulti-admins', 'ulti-users'])
})

test('a redirect to an unknown origin is refused', async () => {
  const answer = await createBrowser()(authorizationUrl({ redirect_uri: 'http://evil.example/callback' }))
  assert.equal(answer.status, 400)
})

function verify(token: string) {
  const keys = createRemoteJWKSet(new URL(`${issuer.url}/jwks`))
  return jwtVerify(token, keys, { issuer: issuer.url, audience: 'ulti-backend' })
}

const verifier = randomBytes(32).toString('base64url')

function authorizationUrl(extra: Record<string, string> = {}) {
  const query = new URLSearchParams({
    client_id: 'ulti-backend',
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid email profile groups',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  })
  return `${issuer.url}/auth?${query}`
}

type Browser = ReturnType<typeof createBrowser>

/** Keeps cookies and follows nothing by itself. A `form` is posted. */
function createBrowser() {
  const cookies = new Map<string, string>()
  return async (url: string, form?: Record<string, string>) => {
    const response = await fetch(new URL(url, issuer.url), {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { body: new URLSearchParams(form) }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split(/=(.*)/)
      cookies.set(name, value)
    }
    return response
  }
}

async function authorize(browser: Browser, extra?: Record<string, string>) {
  return followTo(browser, await browser(authorizationUrl(extra)))
}

/** Follows redirects until a page comes or the application is reached. */
async function followTo(browser: Browser, first: Response) {
  let response = first
  for (;;) {
    const location = response.headers.get('location') ?? ''
    if (!location || location.startsWith(callback)) return { response, location }
    response = await browser(location)
  }
}

async function openForm(browser: Browser, extra?: Record<string, string>) {
  const { response } = await authorize(browser, extra)
  const form = /action="([^"]+)"/.exec(await response.text())?.[1]
  assert.ok(form)
  return { form }
}

async function signIn(user: string, password: string, extra?: Record<string, string>) {
  const browser = createBrowser()
  const { form } = await openForm(browser, extra)
  const { location } = await followTo(browser, await browser(form, { user, password }))
  const code = new URL(location).searchParams.get('code') ?? ''
  const grant = { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier }
  return { browser, tokens: await requestTokens(grant) }
}

async function requestTokens(grant: Record<string, string>) {
  const response = await fetch(`${issuer.url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('ulti-backend:changeme')}` },
    body: new URLSearchParams(grant),
  })
  const tokens = (await response.json()) as Record<'access_token' | 'id_token' | 'refresh_token', string>
  assert.equal(response.status, 200, JSON.stringify(tokens))
  return tokens
}
