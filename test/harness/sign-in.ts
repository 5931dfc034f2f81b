import assert from 'node:assert/strict'
import pg from 'pg'
import { startIssuer } from '../../sandbox/issuer.ts'
import { startTestApp } from './app.ts'
import { type Browser, createBrowser } from './browser.ts'
import { freePort } from './free-port.ts'
import { createTempDir } from './temp-dir.ts'

/** A page that is not there: where a browser is sent after its sign-in. */
export const landing = '/landing'
export const frontEnd = 'http://front.example.test:3000'

export type SignInApp = Awaited<ReturnType<typeof startSignInApp>>

/** ultid with an issuer at which alice, bob and carol can sign in, their names being their passwords. */
export async function startSignInApp(
  environment: Record<string, string> | ((issuerUrl: string) => Record<string, string>) = {},
) {
  const [port, issuerPort, stateDir] = await Promise.all([freePort(), freePort(), createTempDir('issuer')])
  const url = `http://localhost:${port}`
  const issuer = await startIssuer({ port: issuerPort, stateDir: stateDir.path, appOrigins: [url, frontEnd] })
  const settings = {
    ULTID_PORT: String(port),
    ULTID_PUBLIC_URL: url,
    ULTID_OIDC_ISSUER: issuer.url,
    ULTID_OIDC_CLIENT_SECRET: 'changeme',
    ULTID_CORS_ORIGINS: frontEnd,
    ULTID_RATE_LIMIT_SIGN_IN: '10000',
    ...(typeof environment === 'function' ? environment(issuer.url) : environment),
  }
  const app = await startTestApp(settings)
  const database = new pg.Client({ connectionString: app.databaseUrl })
  await database.connect()
  return {
    ...app,
    url,
    issuer,
    query: async (text: string, values: unknown[] = []) => (await database.query(text, values)).rows,
    /** Another node of the same installation. */
    async startNode() {
      const nodePort = await freePort()
      return startTestApp({ ...settings, ULTID_DB_URL: app.databaseUrl, ULTID_PORT: String(nodePort) })
    },
    signIn: (user: string, options?: SignInOptions) => signIn(url, user, options),
    async close() {
      await database.end()
      await app.close()
      await issuer.close()
      await stateDir.remove()
    },
  }
}

type SignInOptions = { browser?: Browser; userAgent?: string }

/** A browser in which `user` is signed in. */
export async function signIn(url: string, user: string, { browser = createBrowser(), userAgent }: SignInOptions = {}) {
  const headers = userAgent === undefined ? {} : { 'user-agent': userAgent }
  const start = `${url}/api/v1/auth/login?return_to=${landing}`
  const reached = await browser.follow(await browser.request(start), start, `${url}/api/v1/auth/callback`)
  const callback = await passForm(browser, reached, user, `${url}/api/v1/auth/callback`)
  const answer = await browser.request(callback, { headers })
  assert.equal(answer.status, 303, await answer.text())
  assert.equal(answer.headers.get('location'), `${url}${landing}`)
  return createUser(browser, url)
}

/** Fills the issuer's form in when there is one. @returns the address at which the browser comes back. */
export async function passForm(
  browser: Browser,
  { answer, address }: { answer: Response; address: string },
  user: string,
  callback: string,
): Promise<string> {
  if (address.startsWith(callback)) return address
  const action = /action="([^"]+)"/.exec(await answer.text())?.[1]
  assert.ok(action, 'the issuer shows its form')
  const form = new URL(action, address).href
  const posted = await browser.request(form, { form: { user, password: user } })
  return (await browser.follow(posted, form, callback)).address
}

export type SignedInUser = ReturnType<typeof createUser>

/** A signed-in browser as a front end of ultid uses it: writes bear the Origin and the CSRF token. */
function createUser(browser: Browser, url: string) {
  const request = async (
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ) => {
    const own = method === 'GET' ? {} : { origin: url, 'x-csrf-token': browser.cookie(url, 'ulti_csrf') ?? '' }
    const headers = { ...own, ...options.headers }
    const answer = await browser.request(`${url}${path}`, {
      method,
      headers,
      ...('body' in options && { body: options.body }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.startsWith('application/json')
    return { status: answer.status, headers: answer.headers, body: isJson && text ? JSON.parse(text) : undefined }
  }
  const sessionId = async (): Promise<string> => (await request('GET', '/api/v1/account/session')).body.id
  return { browser, request, sessionId }
}
