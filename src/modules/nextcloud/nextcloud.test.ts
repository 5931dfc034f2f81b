import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { after, afterEach, suite, test } from 'node:test'
import { decodeJwt } from 'jose'
import { startTestApp } from '../../../test/harness/app.ts'
import { freePort } from '../../../test/harness/free-port.ts'
import { nextcloudSettings, startNextcloud } from '../../../test/harness/nextcloud.ts'

// biome-ignore lint/suspicious/noExplicitAny: the documents are read member by member and asserted on
const json = async (url: string): Promise<any> => (await fetch(url)).json()

suite('people at Nextcloud, which believes ultid', async () => {
  const local = { uid: 'carol', backend: 'Database' as const, password: 'of her own' }
  const nextcloud = await startNextcloud({ people: [local, { uid: 'Bob', backend: 'user_oidc' as const }] })
  const app = await startTestApp(nextcloud.settings)
  after(async () => {
    await app.close()
    await nextcloud.close()
  })
  const seen: { method: string; path: string; authorization: string }[] = []
  const watch = ({ method = '', url = '', headers }: IncomingMessage): boolean => {
    seen.push({ method, path: url.split('?')[0] ?? '', authorization: headers.authorization ?? '' })
    return false
  }
  nextcloud.faults.intercept = watch
  afterEach(() => {
    nextcloud.faults.intercept = watch
    seen.length = 0
  })

  /** Somebody with these claims in their token. */
  const as = (claims: { sub: string; preferred_username?: string; email?: string; name?: string }) => ({
    async ask(method: string, path: string, body?: string, url = app.url) {
      const authorization = `Bearer ${await app.issuer.token(claims)}`
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization, ...(body !== undefined && { 'content-type': 'application/octet-stream' }) },
        ...(body !== undefined && { body }),
      })
      const text = await answer.text()
      const isJson = answer.headers.get('content-type')?.includes('json') && text
      return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : undefined }
    },
  })
  const alice = as({ sub: 'sub-alice', preferred_username: 'alice', email: 'alice@example.test', name: 'Alice' })

  test('somebody is made known there at their first use, with address and name, and only then', async () => {
    const [first] = [await alice.ask('GET', '/account/nextcloud')]
    assert.deepEqual([first.status, first.body], [200, { state: 'ready', uid: 'alice' }])
    const made = nextcloud.people.find('alice')
    assert.deepEqual([made?.backend, made?.email, made?.displayName], ['user_oidc', 'alice@example.test', 'Alice'])
    seen.length = 0
    assert.equal((await alice.ask('GET', '/account/nextcloud')).status, 200)
    assert.deepEqual(seen, [])
  })

  test('tokens are theirs alone, for two minutes, by the keys of an issuer that only Nextcloud needs to reach', async () => {
    assert.equal((await alice.ask('PUT', '/drive/content/mine.txt', 'mine')).status, 201)
    const bearer = seen.map(({ authorization }) => authorization).find((one) => one.startsWith('Bearer '))
    const { exp = 0, iat = 0, ...claims } = decodeJwt(bearer?.slice('Bearer '.length) ?? '')
    assert.deepEqual([claims.preferred_username, exp - iat, claims.aud], ['alice', 120, 'ultid'])
    const { NEXTCLOUD_ISSUER_URL: issuer } = nextcloud.settings
    const discovery = await json(`${issuer}/.well-known/openid-configuration`)
    assert.deepEqual([discovery.issuer, claims.iss, discovery.jwks_uri], [issuer, issuer, `${issuer}/jwks`])
    const { keys } = await json(`${issuer}/jwks`)
    assert.deepEqual([keys.length, keys[0].kty, 'd' in keys[0]], [1, 'RSA', false])
    assert.equal((await fetch(`${issuer}/elsewhere`)).status, 404)
    assert.equal((await fetch(`${app.url}/jwks`)).status, 404)
  })

  test('a renamed person keeps their files, and whoever takes the old name gets none of them', async () => {
    const renamed = as({ sub: 'sub-alice', preferred_username: 'alice.meyer', email: 'alice@example.test', name: 'A' })
    assert.equal((await renamed.ask('PUT', '/drive/content/kept.txt', 'kept')).status, 201)
    assert.equal((await renamed.ask('GET', '/drive/content/kept.txt')).text, 'kept')
    const successor = as({ sub: 'sub-other', preferred_username: 'alice' })
    const shouted = as({ sub: 'sub-third', preferred_username: 'ALICE' })
    for (const claimant of [successor, shouted]) {
      for (const path of ['/account/nextcloud', '/drive/content/kept.txt', '/calendar/', '/contacts/']) {
        const { status, body } = await claimant.ask('GET', path)
        assert.deepEqual([status, body.code], [409, 'nextcloud.uid_taken'], path)
      }
    }
  })

  test('nobody gets into an account that is not of the issuer: the administrator’s, or one with a password', async () => {
    for (const name of ['admin', 'Admin', 'carol']) {
      const { status, body } = await as({ sub: `sub-of-${name}`, preferred_username: name }).ask('GET', '/drive/quota')
      assert.deepEqual([status, body.code], [409, 'nextcloud.uid_taken'], name)
    }
    // The administrator has sorted it out.
    nextcloud.people.remove('carol')
    const { status, body } = await as({ sub: 'sub-of-carol', preferred_username: 'carol' }).ask(
      'GET',
      '/account/nextcloud',
    )
    assert.deepEqual([status, body.uid], [200, 'carol'])
  })

  test('a name that Nextcloud spells otherwise is told, not guessed', async () => {
    const { status, body } = await as({ sub: 'sub-bob', preferred_username: 'bob' }).ask('GET', '/drive/quota')
    assert.deepEqual([status, body.code], [502, 'nextcloud.misconfigured'])
  })

  test('a name that Nextcloud does not take is told with what it may be', async () => {
    for (const name of ['späth', '..', 'x'.repeat(65), ' a']) {
      const { status, body } = await as({ sub: `sub ${name}`, preferred_username: name }).ask('GET', '/drive/quota')
      assert.deepEqual([status, body.code], [409, 'nextcloud.no_username'], name)
      assert.match(body.message, /64 letters/)
    }
  })

  test('a changed address is told to Nextcloud, and keeps nobody from their files while it cannot be', async () => {
    const dora = (email: string) => as({ sub: 'sub-dora', preferred_username: 'dora', email, name: 'Dora' })
    assert.equal((await dora('old@example.test').ask('PUT', '/drive/content/hers.txt', 'hers')).status, 201)
    // Another node knows nothing by heart.
    const port = String(await freePort())
    const shared = { ULTID_DB_URL: app.databaseUrl, ULTID_OIDC_ISSUER: app.issuer.url, NEXTCLOUD_ISSUER_PORT: port }
    const node = await startTestApp({ ...nextcloud.settings, ...shared })
    try {
      nextcloud.faults.intercept = (request, response) => {
        if (!request.url?.includes('/user_oidc/')) return false
        request.resume()
        response.writeHead(500).end()
        return true
      }
      const read = () => dora('new@example.test').ask('GET', '/drive/content/hers.txt', undefined, node.url)
      assert.equal((await read()).text, 'hers')
      assert.equal(nextcloud.people.find('dora')?.email, 'old@example.test')
    } finally {
      await node.close()
    }
    nextcloud.faults.intercept = watch
    const later = await startTestApp({ ...nextcloud.settings, ...shared })
    try {
      await dora('new@example.test').ask('GET', '/drive/content/hers.txt', undefined, later.url)
      assert.equal(nextcloud.people.find('dora')?.email, 'new@example.test')
    } finally {
      await later.close()
    }
  })

  test('each failure of it has one code, whatever was asked', async () => {
    const failures = [
      [403, 403, 'nextcloud.forbidden'],
      [404, 404, 'not_found'],
      [412, 412, 'etag_mismatch'],
      [423, 423, 'locked'],
      [429, 503, 'nextcloud.throttled'],
      [500, 502, 'upstream_unavailable'],
      [503, 502, 'upstream_unavailable'],
      [507, 507, 'quota_exceeded'],
    ] as const
    for (const [status, expected, code] of failures) {
      nextcloud.faults.intercept = (request, response) => {
        request.resume()
        response.writeHead(status, { 'retry-after': '7' }).end()
        return true
      }
      const isAboutWriting = code === 'locked' || code === 'quota_exceeded'
      const answer = await (isAboutWriting
        ? alice.ask('PUT', '/drive/content/any.txt', 'any')
        : alice.ask('GET', '/drive/content/any.txt'))
      assert.deepEqual([answer.status, answer.body.code], [expected, code], String(status))
      assert.ok(answer.body.message.length > 30, answer.body.message)
      if (status === 429) assert.equal(answer.headers.get('retry-after'), '7')
    }
  })

  test('maintenance and a disabled account, which are both 503 there, are told apart', async () => {
    nextcloud.faults.isMaintenance = true
    const resting = await alice.ask('GET', '/drive/content/mine.txt')
    nextcloud.faults.isMaintenance = false
    assert.deepEqual([resting.status, resting.body.code], [503, 'nextcloud.maintenance'])
    assert.ok(Number(resting.headers.get('retry-after')) > 0)
    const person = nextcloud.people.find('alice')
    assert.ok(person)
    person.isEnabled = false
    const disabled = await alice.ask('GET', '/drive/content/mine.txt')
    person.isEnabled = true
    assert.deepEqual([disabled.status, disabled.body.code], [403, 'nextcloud.account_disabled'])
  })

  test('what changes nothing is tried again when a proxy finds nobody behind it; what does is not', async () => {
    for (const [method, path, tries, body] of [
      ['GET', '/drive/content/mine.txt', 3, undefined],
      ['PUT', '/drive/content/mine.txt', 1, 'again'],
    ] as const) {
      let asked = 0
      nextcloud.faults.intercept = (request, response) => {
        asked++
        request.resume()
        response.writeHead(502).end()
        return true
      }
      const answer = await alice.ask(method, path, body)
      assert.deepEqual([answer.status, answer.body.code, asked], [502, 'upstream_unavailable', tries], method)
      nextcloud.faults.intercept = watch
      assert.equal((await alice.ask('GET', '/drive/content/mine.txt')).text, 'mine')
    }
  })

  test('there is nothing to grant', async () => {
    for (const [method, path] of [
      ['POST', '/account/nextcloud/login'],
      ['POST', '/account/nextcloud/login/poll'],
      ['DELETE', '/account/nextcloud'],
    ] as const) {
      const { status, body } = await alice.ask(method, path)
      assert.deepEqual([status, body.code], [409, 'nextcloud.sign_in_not_needed'], path)
    }
  })
})

suite('people at Nextcloud, who grant a password to ultid', async () => {
  const people = ['alice', 'bob'].map((uid) => ({ uid, password: `at-nextcloud-${uid}`, email: `${uid}@example.test` }))
  const nextcloud = await startNextcloud({ people })
  const app = await startTestApp({ ...nextcloud.settings, NEXTCLOUD_AUTH: 'app_password' })
  after(async () => {
    await app.close()
    await nextcloud.close()
  })
  const ask = (user: string, method: string, path: string) => app.request(method, `/api/v1${path}`, { as: user })
  const passwordsOf = (uid: string) => nextcloud.people.find(uid)?.appPasswords ?? []
  const grant = async (loginUrl: string, user: string) => {
    const { pathname } = new URL(loginUrl)
    const form = new URLSearchParams({ user, password: `at-nextcloud-${user}` })
    assert.equal((await fetch(nextcloud.url + pathname, { method: 'POST', body: form })).status, 200)
  }
  async function signIn(user: string, as: string) {
    const { status, body } = await ask(user, 'POST', '/account/nextcloud/login')
    assert.equal(status, 201)
    await grant(body.login_url, as)
    return ask(user, 'POST', '/account/nextcloud/login/poll')
  }

  test('nothing works before they grant it, and the error says where', async () => {
    const { body } = await ask('alice', 'GET', '/account/nextcloud')
    assert.deepEqual(body, { state: 'sign_in_required', uid: null })
    const refused = await ask('alice', 'GET', '/drive/quota')
    assert.deepEqual([refused.status, refused.body.code], [409, 'nextcloud.sign_in_required'])
    assert.match(refused.body.message, /POST \/api\/v1\/account\/nextcloud\/login/)
    const early = await ask('alice', 'POST', '/account/nextcloud/login/poll')
    assert.deepEqual([early.status, early.body.code], [404, 'not_found'])
  })

  test('they sign in at Nextcloud, and what they granted is used, sealed and told to nobody', async () => {
    const started = await ask('alice', 'POST', '/account/nextcloud/login')
    assert.equal(started.status, 201)
    assert.ok(new Date(started.body.expires_at) > new Date())
    assert.deepEqual((await ask('alice', 'POST', '/account/nextcloud/login/poll')).body.state, 'sign_in_required')
    await grant(started.body.login_url, 'alice')
    const polled = await ask('alice', 'POST', '/account/nextcloud/login/poll')
    assert.deepEqual([polled.status, polled.body], [200, { state: 'ready', uid: 'alice' }])
    assert.equal((await ask('alice', 'GET', '/drive/quota')).status, 200)
    const [{ password } = { password: '' }] = passwordsOf('alice')
    assert.ok(password.length > 20)
    const { database } = app.app.platform
    const kept = JSON.stringify([
      await database.selectFrom('nextcloud_account').selectAll().execute(),
      await database.selectFrom('nextcloud_login').selectAll().execute(),
      await database.selectFrom('audit_entry').selectAll().execute(),
    ])
    assert.ok(!kept.includes(password))
    assert.match(kept, /account\.nextcloud_granted/)
  })

  test('two people here cannot be one there: what the second one granted is given back', async () => {
    const taken = await signIn('mallory', 'alice')
    assert.deepEqual([taken.status, taken.body.code], [409, 'nextcloud.uid_taken'])
    assert.equal(passwordsOf('alice').length, 1)
    assert.equal((await ask('mallory', 'GET', '/account/nextcloud')).body.state, 'sign_in_required')
  })

  test('one person here cannot become another one there later', async () => {
    const other = await signIn('alice', 'bob')
    assert.deepEqual([other.status, other.body.code], [409, 'nextcloud.uid_taken'])
    assert.deepEqual(passwordsOf('bob'), [])
    assert.deepEqual((await ask('alice', 'GET', '/account/nextcloud')).body, { state: 'ready', uid: 'alice' })
  })

  test('a password that was taken back at Nextcloud asks for another one', async () => {
    assert.equal((await signIn('bob', 'bob')).body.state, 'ready')
    assert.equal((await ask('bob', 'GET', '/drive/quota')).status, 200)
    const person = nextcloud.people.find('bob')
    assert.ok(person)
    person.appPasswords = []
    const refused = await ask('bob', 'GET', '/drive/quota')
    assert.deepEqual([refused.status, refused.body.code], [409, 'nextcloud.sign_in_required'])
    assert.equal((await signIn('bob', 'bob')).body.state, 'ready')
    assert.equal((await ask('bob', 'GET', '/drive/quota')).status, 200)
  })

  test('what they grant no longer is of no use to anybody', async () => {
    assert.equal((await ask('bob', 'DELETE', '/account/nextcloud')).status, 204)
    assert.deepEqual(passwordsOf('bob'), [])
    assert.deepEqual((await ask('bob', 'GET', '/account/nextcloud')).body, { state: 'sign_in_required', uid: 'bob' })
    assert.equal((await ask('bob', 'GET', '/drive/quota')).body.code, 'nextcloud.sign_in_required')
    const again = await ask('bob', 'DELETE', '/account/nextcloud')
    assert.deepEqual([again.status, again.body.code], [404, 'not_found'])
  })
})

suite('a Nextcloud that is away', async () => {
  const app = await startTestApp(await nextcloudSettings())
  after(() => app.close())
  const circuit = async () => {
    const metrics = await (await fetch(`${app.url}/metrics`)).text()
    return /^ultid_nextcloud_circuit_state\{state="(\w+)"\} 1$/m.exec(metrics)?.[1]
  }

  test('is told at once after some tries, in the metrics too, and keeps no node from being ready', async () => {
    assert.equal(await circuit(), 'closed')
    for (let attempt = 0; attempt < 6; attempt++) {
      const { status, body } = await app.request('GET', '/api/v1/drive/quota', { as: 'alice' })
      assert.deepEqual([status, body.code], [502, 'upstream_unavailable'])
    }
    assert.notEqual(await circuit(), 'closed')
    const ready = await app.request('GET', '/readyz')
    assert.equal(ready.status, 200)
    assert.match(JSON.stringify(ready.body), /nextcloud/)
  })
})
