import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startTestApp, type TestApp } from '../../../../test/harness/app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import type { Claims, Signing } from '../../../../test/harness/issuer.ts'
import { startSignInApp } from '../../../../test/harness/sign-in.ts'
import { connectSocket } from '../../../../test/harness/socket-client.ts'

const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }

suite('back-channel logout by an issuer', async () => {
  const app = await startSignInApp()
  after(app.close)

  test("signing out at the issuer ends the session and its sockets, and nobody else's", async () => {
    const alice = await app.signIn('alice')
    const elsewhere = await app.signIn('alice')
    const bob = await app.signIn('bob')
    const id = await alice.sessionId()
    const { ticket } = (await alice.request('POST', '/api/v1/realtime/tickets')).body
    const socket = await connectSocket(app.url, { ticket })

    const page = `${app.issuer.url}/session/end?client_id=ulti-backend`
    const form = await (await alice.browser.request(page)).text()
    const [, action = ''] = /action="([^"]+)"/.exec(form) ?? []
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(form) ?? []
    await alice.browser.request(action, { form: { xsrf, logout: 'yes' } })

    assert.equal(await socket.closed, 4001)
    assert.equal((await alice.request('GET', '/api/v1/account/')).status, 401)
    for (const user of [elsewhere, bob]) assert.equal((await user.request('GET', '/api/v1/account/')).status, 200)
    const [entry] = await app.query(
      "select * from audit_entry where target = $1 and action = 'account.session_ended'",
      [id],
    )
    assert.deepEqual([entry.details, entry.actor_id], [{ reason: 'issuer' }, null])
  })
})

suite('logout tokens', async () => {
  const app = await startTestApp()
  after(() => app.close())
  const now = () => Math.floor(Date.now() / 1000)
  const tokenOf = (claims: Partial<Claims>, signing?: Signing) =>
    app.issuer.token({ sub: 'dave', jti: crypto.randomUUID(), events, ...claims } as Claims, signing)

  test('a token without a session signs the person out of everything but personal tokens', async () => {
    const token = await app.issuer.token({ sub: 'erin', iat: now() - 2 })
    const headers = { authorization: `Bearer ${token}` }
    const body = { name: 'backup', permissions: ['account:read', 'realtime:read'] }
    const made = await app.request('POST', '/api/v1/account/tokens', { headers, body })
    assert.equal(made.status, 201)
    const [socket, kept] = await Promise.all([
      connectSocket(app.url, { token }),
      connectSocket(app.url, { token: made.body.token }),
    ])
    assert.equal((await send(app, await tokenOf({ sub: 'erin' }))).status, 200)
    assert.equal(await socket.closed, 4001)
    const isOut = async () => assert.equal((await app.request('GET', '/api/v1/account/', { headers })).status, 401)
    await eventually(isOut, { timeoutMs: 1000 })
    const program = { authorization: `Bearer ${made.body.token}` }
    assert.equal((await app.request('GET', '/api/v1/account/', { headers: program })).status, 200)
    assert.equal(kept.socket.readyState, kept.socket.OPEN)
    kept.socket.terminate()
    const fresh = await app.issuer.token({ sub: 'erin', iat: now() + 1, nbf: now() - 5 })
    assert.equal(
      (await app.request('GET', '/api/v1/account/', { headers: { authorization: `Bearer ${fresh}` } })).status,
      200,
    )
  })

  test('a token counts once', async () => {
    const token = await tokenOf({})
    assert.equal((await send(app, token)).status, 200)
    const again = await send(app, token)
    assert.deepEqual([again.status, again.code], [400, 'auth.invalid_logout_token'])
  })

  test('whatever is no logout token of the issuer, for us and fresh is refused', async () => {
    const refused: [what: string, token: string][] = [
      ['signed with a foreign key', await tokenOf({}, { key: 'foreign' })],
      ['unsigned', await tokenOf({}, { key: 'none' })],
      ['signed with the public key as a secret', await tokenOf({}, { key: 'hs256' })],
      ['of another issuer', await tokenOf({ iss: 'https://elsewhere.example' })],
      ['for somebody else', await tokenOf({ aud: 'other' })],
      ['old', await tokenOf({ iat: now() - 3600 })],
      ['from the future', await tokenOf({ iat: now() + 3600 })],
      ['expired', await tokenOf({ exp: now() - 100 })],
      ['without a time', await tokenOf({ iat: undefined as never })],
      ['without an id', await tokenOf({ jti: undefined as never })],
      ['without events', await tokenOf({ events: undefined })],
      ['about another event', await tokenOf({ events: { 'https://example.test/other': {} } })],
      ['with an event that is no object', await tokenOf({ events: { [Object.keys(events)[0] ?? '']: true } })],
      ['with a nonce', await tokenOf({ nonce: 'x' })],
      ['about nobody', await tokenOf({ sub: undefined as never })],
      ['with a number for a subject', await tokenOf({ sub: 1 as never })],
      ['an access token', await app.token('dave')],
      ['garbage', 'garbage'],
    ]
    for (const [what, token] of refused) {
      const answer = await send(app, token)
      assert.deepEqual([answer.status, answer.code], [400, 'auth.invalid_logout_token'], what)
    }
    assert.equal((await app.request('GET', '/api/v1/account/', { as: 'dave' })).status, 200)
    assert.equal((await send(app, undefined)).status, 400)
  })
})

async function send(app: TestApp, token: string | undefined): Promise<{ status: number; code: string | undefined }> {
  const body = new URLSearchParams(token === undefined ? {} : { logout_token: token })
  const answer = await fetch(`${app.url}/api/v1/auth/backchannel-logout`, { method: 'POST', body })
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const text = await answer.text()
  return { status: answer.status, code: text ? JSON.parse(text).code : undefined }
}
