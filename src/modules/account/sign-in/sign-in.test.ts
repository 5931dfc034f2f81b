import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { createBrowser } from '../../../../test/harness/browser.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { frontEnd, landing, passForm, startSignInApp } from '../../../../test/harness/sign-in.ts'

suite('sign-in of a browser', async () => {
  const app = await startSignInApp()
  after(app.close)
  const { url, query } = app
  const callback = `${url}/api/v1/auth/callback`
  const login = (returnTo: string) => `${url}/api/v1/auth/login?return_to=${encodeURIComponent(returnTo)}`

  test('the way to the issuer and back signs in; the cookies are out of reach of scripts but for the CSRF token', async () => {
    const browser = createBrowser()
    const first = await browser.request(login(landing))
    assert.equal(first.status, 303)
    assert.equal(first.headers.get('cache-control'), 'no-store')
    const asked = new URL(first.headers.get('location') ?? '')
    assert.equal(asked.origin, app.issuer.url)
    assert.equal(asked.searchParams.get('code_challenge_method'), 'S256')
    assert.ok(asked.searchParams.get('state') && asked.searchParams.get('nonce'))
    const back = await passForm(browser, await browser.follow(first, login(landing), callback), 'alice', callback)
    const answer = await browser.request(back)
    const cookies = answer.headers.getSetCookie()
    assert.match(cookies.find((cookie) => cookie.startsWith('ulti_session=')) ?? '', /Path=\/; HttpOnly; SameSite=Lax$/)
    assert.match(cookies.find((cookie) => cookie.startsWith('ulti_csrf=')) ?? '', /Path=\/; SameSite=Lax$/)
    assert.equal(browser.cookie(url, `ulti_sign_in_${asked.searchParams.get('state')?.slice(0, 8)}`), undefined)
    const answered = await browser.request(`${url}/api/v1/account/`)
    const who = (await answered.json()) as { [member: string]: unknown } & { permissions: string[] }
    assert.deepEqual([who.email, who.display_name, who.credential], ['alice@ulti.example', 'Alice Martin', 'session'])
    assert.ok(who.permissions.includes('admin'))
  })

  test('a write by cookie needs an allowed Origin and the CSRF token of this very session', async () => {
    const alice = await app.signIn('alice')
    const bob = await app.signIn('bob')
    const csrf = alice.browser.cookie(url, 'ulti_csrf') ?? ''
    assert.equal((await alice.request('GET', '/api/v1/account/session')).body.csrf_token, csrf)
    const write = (headers: Record<string, string>) =>
      alice.browser.request(`${url}/api/v1/account/`, { method: 'PATCH', headers, body: { locale: 'fr' } })
    const refused: [what: string, headers: Record<string, string>][] = [
      ['neither', {}],
      ['no token', { origin: url }],
      ['no origin', { 'x-csrf-token': csrf }],
      ['a foreign origin', { origin: 'https://evil.example', 'x-csrf-token': csrf }],
      ['the origin null', { origin: 'null', 'x-csrf-token': csrf }],
      ['a made-up token', { origin: url, 'x-csrf-token': 'x'.repeat(csrf.length) }],
      ['the token of another', { origin: url, 'x-csrf-token': bob.browser.cookie(url, 'ulti_csrf') ?? '' }],
    ]
    for (const [what, headers] of refused) {
      const answer = await write(headers)
      assert.equal(answer.status, 403, what)
      assert.equal(((await answer.json()) as { code: string }).code, 'auth.csrf', what)
    }
    for (const origin of [url, frontEnd]) assert.equal((await write({ origin, 'x-csrf-token': csrf })).status, 200)
  })

  test('each sign-in has a new session; one that was planted in the browser is not taken over', async () => {
    const attacker = await app.signIn('bob')
    const planted = attacker.browser.cookie(url, 'ulti_session') ?? ''
    const browser = createBrowser()
    browser.setCookie(url, 'ulti_session', planted)
    const victim = await app.signIn('alice', { browser })
    assert.notEqual(victim.browser.cookie(url, 'ulti_session'), planted)
    await eventually(async () => assert.equal((await attacker.request('GET', '/api/v1/account/')).status, 401))
    const again = await app.signIn('alice', { browser })
    assert.equal((await again.request('GET', '/api/v1/account/')).status, 200)
    assert.equal((await query('select 1 from session where id = $1', [await again.sessionId()])).length, 1)
  })

  test('an answer of the issuer counts once, and only in the browser that asked', async () => {
    const browser = createBrowser()
    const reached = await browser.follow(await browser.request(login('/')), login('/'), callback)
    const back = await passForm(browser, reached, 'carol', callback)
    const mine = browser.copy()
    const refused = async (who: ReturnType<typeof createBrowser>, address: string) => {
      const answer = await who.request(address)
      assert.equal(answer.status, 400)
      assert.equal(((await answer.json()) as { code: string }).code, 'auth.sign_in_refused')
      assert.equal(who.cookie(url, 'ulti_session'), undefined)
    }
    await refused(createBrowser(), back)
    await refused(mine.copy(), back.replace(/code=[^&]+/, 'code=made-up'))
    await refused(
      mine.copy(),
      back.replace(/state=[^&]{12}/, (state) => `${state.slice(0, -4)}AAAA`),
    )
    await refused(mine.copy(), back.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Felsewhere.example'))
    await refused(mine.copy(), `${callback}?state=${new URL(back).searchParams.get('state')}&error=access_denied`)
    const refusals = await query(
      "select details from audit_entry where action = 'account.signed_in' and outcome = 'refused'",
    )
    assert.ok(refusals.length >= 3)
    assert.equal((await browser.request(back)).status, 303)
    await refused(mine, back)
  })

  test('return_to leads nowhere but to this service and the allowed front ends', async () => {
    const evil = [
      ...['https://evil.example/', '//evil.example', '/\\evil.example', '\\\\evil.example'],
      ...['javascript:alert(1)', 'data:text/html,x', `${url}@evil.example/`, `${url}.evil.example/`],
      ...[`http://user:secret@localhost:${new URL(url).port}/`, '/\t/evil.example', 'http://localhost:1/'],
    ]
    for (const returnTo of evil) {
      const answer = await createBrowser().request(login(returnTo))
      const location = answer.headers.get('location')
      assert.equal(answer.status, 400, `${returnTo} → ${location}`)
      assert.equal(((await answer.json()) as { code: string }).code, 'auth.return_to_refused')
    }
    for (const returnTo of ['/', '/mail?folder=1#top', `${frontEnd}/inbox`, `${url}/x`]) {
      assert.equal((await createBrowser().request(login(returnTo))).status, 303, returnTo)
    }
  })

  test('signing out ends the session at once and names the page of the issuer for the rest', async () => {
    const carol = await app.signIn('carol')
    const cookie = carol.browser.copy()
    const unprotected = await carol.browser.request(`${url}/api/v1/auth/logout`, { method: 'POST' })
    assert.equal(unprotected.status, 403)
    const id = await carol.sessionId()
    const answer = await carol.request('POST', `/api/v1/auth/logout?return_to=${encodeURIComponent(`${frontEnd}/`)}`)
    assert.equal(answer.status, 200)
    const logout = new URL(answer.body.logout_url)
    assert.equal(logout.origin, app.issuer.url)
    assert.equal(logout.searchParams.get('post_logout_redirect_uri'), `${frontEnd}/`)
    assert.equal(carol.browser.cookie(url, 'ulti_session'), undefined)
    assert.equal((await cookie.request(`${url}/api/v1/account/`)).status, 401)
    const entries = await query('select action from audit_entry where target = $1 order by id', [id])
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['account.signed_in', 'account.signed_out'],
    )
  })

  test('an issuer that ultid finds at another address than browsers do signs in all the same', async (t) => {
    const inside = await startSignInApp((issuerUrl) => ({
      ULTID_OIDC_ISSUER: issuerUrl.replace('localhost', '127.0.0.1'),
    }))
    t.after(inside.close)
    const answer = await createBrowser().request(`${inside.url}/api/v1/auth/login`)
    assert.equal(new URL(answer.headers.get('location') ?? '').origin, inside.issuer.url)
    const alice = await inside.signIn('alice')
    assert.equal((await alice.request('GET', '/api/v1/account/')).status, 200)
  })

  test('behind TLS the cookies are Secure and bound to the host', async (t) => {
    const secure = await startSignInApp({ ULTID_PUBLIC_URL: 'https://ulti.example.test' })
    t.after(secure.close)
    const answer = await createBrowser().request(`${secure.url}/api/v1/auth/login`)
    assert.match(
      answer.headers.getSetCookie()[0] ?? '',
      /^__Host-ulti_sign_in_.*Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    const asked = new URL(answer.headers.get('location') ?? '')
    assert.equal(asked.searchParams.get('redirect_uri'), 'https://ulti.example.test/api/v1/auth/callback')
  })
})
