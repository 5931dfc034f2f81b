import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { frontEnd, type OAuthMail, startOAuthMail } from '../../../../test/fixtures/oauth-mail.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'

suite('connecting a mailbox by signing in at its provider', { skip: skipWithoutDovecot }, () => {
  let mail: OAuthMail
  before(async () => {
    mail = await startOAuthMail()
  })
  after(() => mail.close())

  const alice = 'alice@example.test'
  const accountsOf = async (as: string) => (await mail.app.request('GET', '/api/v1/mail/accounts', { as })).body.items

  test('the browser is sent to the provider with a single-use state, PKCE and the address', async () => {
    const { answer, url, cookie } = await mail.begin('ann', { email: alice })
    assert.equal(answer.status, 201)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    const asked = new URL(url)
    assert.equal(asked.origin + asked.pathname, `${mail.provider.url}/authorize`)
    const { state, code_challenge, redirect_uri, ...rest } = Object.fromEntries(asked.searchParams)
    assert.deepEqual(rest, {
      ...{ response_type: 'code', client_id: 'ulti-mail', scope: 'mail offline_access', prompt: 'consent' },
      ...{ code_challenge_method: 'S256', login_hint: alice },
    })
    assert.match(redirect_uri ?? '', /\/api\/v1\/mail\/oauth\/callback$/)
    assert.match(code_challenge ?? '', /^[\w-]{43}$/)
    const minutes = (Date.parse(answer.body.expires_at) - Date.now()) / 60_000
    assert.ok(minutes > 9 && minutes <= 10.1)
    const kept = JSON.stringify(await mail.database.selectFrom('mail_oauth_authorization').selectAll().execute())
    assert.ok(state && !kept.includes(state) && !kept.includes(cookie.split('=')[1] ?? '-'))
    assert.match(answer.headers.get('set-cookie') ?? '', /HttpOnly.*SameSite=Lax|SameSite=Lax.*HttpOnly/i)
  })

  test('the way back makes the account and leads to return_to; no token is told or kept in the clear', async () => {
    const begun = await mail.begin('bea', { email: alice, name: 'Alice', return_to: '/mail?tab=1' })
    const answer = await mail.comeBack(await mail.provider.consent(begun.url), begun.cookie)
    assert.equal(answer.status, 303)
    const location = new URL(answer.headers.get('location') ?? '')
    assert.equal(location.pathname, '/mail')
    assert.equal(location.searchParams.get('tab'), '1')
    assert.match(answer.headers.get('set-cookie') ?? '', /Max-Age=0/)
    const [account] = await accountsOf('bea')
    assert.equal(location.searchParams.get('mail_account_id'), account.id)
    assert.deepEqual([account.oauth_provider, account.name, account.state], ['school', 'Alice', 'connecting'])
    assert.equal(account.imap.username, alice)
    const held = await mail.database.selectFrom('mail_oauth_grant').selectAll().execute()
    assert.equal(held.length, 1)
    const shown = JSON.stringify([held, account, [...answer.headers]])
    assert.doesNotMatch(shown, /access-|refresh-[0-9a-f]{8}-|client-secret/)
    assert.deepEqual(await mail.eventsOf(account.id), ['mail.account_created'])
  })

  test('a state works once, for ten minutes, and in the browser that began', async () => {
    const begun = await mail.begin('cleo', { email: alice, return_to: `${frontEnd}/done` })
    const foreign = await mail.begin('mallory', { email: alice })
    const address = await mail.provider.consent(begun.url)
    const refused = async (cookie: string, to = address) => {
      const answer = await mail.comeBack(to, cookie)
      assert.deepEqual(
        [answer.status, answer.body.code, answer.headers.get('location')],
        [400, 'mail.oauth_refused', null],
      )
    }
    await refused('')
    await refused(foreign.cookie)
    // The name of the cookie is no secret, its value is.
    await refused(`${begun.cookie.split('=')[0]}=${foreign.cookie.split('=')[1]}`)
    // Whose state it is cannot be rewritten: the other owner has no such state.
    const state = new URL(begun.url).searchParams.get('state') ?? ''
    const other = new URL(foreign.url).searchParams.get('state') ?? ''
    const mixed = Buffer.concat([
      Buffer.from(other, 'base64url').subarray(0, 16),
      Buffer.from(state, 'base64url').subarray(16),
    ]).toString('base64url')
    await refused(begun.cookie, address.replace(state, mixed))
    await refused(begun.cookie, address.replace(state, 'x'))

    const answer = await mail.comeBack(address, begun.cookie)
    assert.match(answer.headers.get('location') ?? '', /^https:\/\/front\.example\.test\/done\?mail_account_id=/)
    await refused(begun.cookie)
    assert.equal((await accountsOf('cleo')).length, 1)

    const late = await mail.begin('dora', { email: alice })
    await mail.database.updateTable('mail_oauth_authorization').set({ expires_at: new Date() }).execute()
    await refused(late.cookie, await mail.provider.consent(late.url))
    assert.deepEqual(await accountsOf('dora'), [])
  })

  test('return_to leads to this service or an allowed front end, nowhere else', async () => {
    const elsewhere = ['https://evil.test/', '//evil.test', '/\\evil.test', 'javascript:alert(1)', 'data:text/html,x']
    for (const return_to of [...elsewhere, `${frontEnd}.evil.test`, `https://a@${new URL(frontEnd).host}`]) {
      const { answer } = await mail.begin('eve', { email: alice, return_to })
      assert.deepEqual([answer.status, answer.body.code], [400, 'auth.return_to_refused'], return_to)
    }
    assert.equal((await mail.begin('eve', { email: alice, return_to: `${frontEnd}/x` })).answer.status, 201)
  })

  test('an unknown provider, a foreign account and another mailbox are refused before anybody is sent away', async () => {
    const { mail_account_id } = await mail.signIn('fay', { email: alice })
    const cases = [
      ['fay', { provider: 'constructor', email: alice }, 422, 'mail.oauth_provider_unknown'],
      ['mallory', { email: alice, mail_account_id }, 404, 'not_found'],
      ['fay', { email: 'bob@example.test', mail_account_id }, 409, 'mail.oauth_account_mismatch'],
    ] as const
    for (const [as, body, status, code] of cases) {
      const { answer } = await mail.begin(as, body)
      assert.deepEqual([answer.status, answer.body.code], [status, code])
    }
    assert.equal((await mail.app.request('POST', '/api/v1/mail/oauth/authorizations', { body: {} })).status, 401)
  })

  test('whatever goes wrong at the provider or the servers leads back with its code and stores nothing', async () => {
    const begun = await mail.begin('gil', { email: alice })
    const state = new URL(begun.url).searchParams.get('state')
    const denied = await mail.comeBack(
      `http://x/api/v1/mail/oauth/callback?error=access_denied&state=${state}`,
      begun.cookie,
    )
    assert.equal(new URL(denied.headers.get('location') ?? '').searchParams.get('error'), 'mail.oauth_denied')

    const wrongCode = await mail.begin('gil', { email: alice })
    const address = (await mail.provider.consent(wrongCode.url)).replace(/code=[^&]+/, 'code=made-up')
    const refused = await mail.comeBack(address, wrongCode.cookie)
    assert.equal(new URL(refused.headers.get('location') ?? '').searchParams.get('error'), 'mail.oauth_refused')

    assert.deepEqual(await mail.signIn('gil', { email: alice }, 'bob@example.test'), {
      error: 'mail.authentication_failed',
    })
    mail.provider.isDown = true
    assert.deepEqual(await mail.signIn('gil', { email: alice }), { error: 'mail.oauth_unavailable' })
    mail.provider.isDown = false
    mail.provider.isMomentary = true
    assert.deepEqual(await mail.signIn('gil', { email: alice }), { error: 'mail.oauth_not_lasting' })
    mail.provider.isMomentary = false
    assert.deepEqual(await accountsOf('gil'), [])
  })

  test('the same mailbox is not connected twice', async () => {
    await mail.signIn('hal', { email: alice })
    for (const email of [alice, 'Alice@Example.test']) {
      assert.deepEqual(await mail.signIn('hal', { email }), { error: 'mail.account_exists' })
    }
    assert.equal((await accountsOf('hal')).length, 1)
  })

  test('an account with passwords becomes one without, and stays the account that it is', async () => {
    const { password } = mail.dovecot.user('ivy')
    const email = 'ivy@example.test'
    const { id, ownerId } = await mail.insertPasswordAccount('ivy', { email, password })
    assert.deepEqual(await mail.signIn('ivy', { email: 'Ivy@example.test', mail_account_id: id }), {
      mail_account_id: id,
    })
    const [account] = await accountsOf('ivy')
    assert.deepEqual([account.id, account.oauth_provider, account.state], [id, 'school', 'connecting'])
    const row = mail.database.selectFrom('mail_account').select(['imap_secret', 'smtp_secret'])
    const kept = await row.where('owner_id', '=', ownerId).executeTakeFirstOrThrow()
    assert.deepEqual(kept, { imap_secret: null, smtp_secret: null })
  })

  test('such an account has no password to be set, but can be renamed', async () => {
    const { mail_account_id: id } = await mail.signIn('ida', { email: alice })
    const change = (body: object) => mail.app.request('PATCH', `/api/v1/mail/accounts/${id}`, { as: 'ida', body })
    const refused = await change({ imap: { password: 'new' } })
    assert.deepEqual([refused.status, refused.body.code], [409, 'mail.account_uses_oauth'])
    assert.equal((await change({ name: 'Renamed' })).body.name, 'Renamed')
  })
})
