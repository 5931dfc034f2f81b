import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startTestApp, type TestApp } from '../../../test/harness/app.ts'

suite('the guarded edge', () => {
  let app: TestApp
  before(async () => {
    app = await startTestApp({
      ULTID_RATE_LIMIT_PERSON: '5',
      ULTID_RATE_LIMIT_SIGN_IN: '2',
      ULTID_CORS_ORIGINS: 'http://localhost:3000',
    })
  })
  after(() => app.close())

  test('a person who asks too often is told when to come back; others are not held up', async () => {
    // More than twice the limit: a new minute may begin in between.
    const answers = []
    for (let request = 0; request < 12; request++) {
      answers.push(await app.request('GET', '/api/v1/mail/accounts', { as: 'eager' }))
    }
    const refused = answers.find(({ status }) => status === 429)
    assert.ok(refused)
    assert.equal(refused.body.code, 'rate_limited')
    const seconds = Number(refused.headers.get('retry-after'))
    assert.ok(seconds >= 1 && seconds <= 60, String(seconds))
    assert.equal((await app.request('GET', '/api/v1/mail/accounts', { as: 'calm' })).status, 200)
  })

  test('attempts to find or connect accounts are held to the tighter limit', async () => {
    const discover = () =>
      app.request('POST', '/api/v1/mail/accounts/discovery', { as: 'searcher', body: { email: 'ann@gmail.com' } })
    const statuses: number[] = []
    for (let attempt = 0; attempt < 6; attempt++) statuses.push((await discover()).status)
    assert.ok(statuses.includes(429), String(statuses))
  })

  test('a configured front end may read answers, another origin may not', async () => {
    const asked = (origin: string) => app.request('GET', '/healthz', { headers: { origin } })
    const allowed = await asked('http://localhost:3000')
    assert.equal(allowed.headers.get('access-control-allow-origin'), 'http://localhost:3000')
    assert.equal(allowed.headers.get('access-control-allow-credentials'), 'true')
    const foreign = await asked('https://elsewhere.example')
    assert.equal(foreign.headers.get('access-control-allow-origin'), null)
  })

  test('every answer forbids a browser to run, frame or guess anything', async () => {
    for (const path of ['/healthz', '/nowhere', '/api/v1/mail/folders']) {
      const { headers } = await app.request('GET', path)
      assert.equal(headers.get('content-security-policy'), "default-src 'none'; frame-ancestors 'none'", path)
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    }
  })
})
