import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { createLog } from '../../src/platform/observability/log.ts'
import { createTestDatabase } from './database.ts'
import { type Issuer, keepTokens, startIssuer } from './issuer.ts'
import { createTempDir } from './temp-dir.ts'

export type Answer = {
  status: number
  headers: Headers
  /** The parsed body; undefined when there is none or it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers member by member and assert on each
  body: any
}

export type RequestOptions = {
  /** The user whose token is sent; nobody's by default. */
  as?: string
  body?: unknown
  headers?: Record<string, string>
}

export type TestApp = {
  url: string
  /** What was started, for tests that reach behind its surface. */
  app: Awaited<ReturnType<typeof createApp>>
  databaseUrl: string
  issuer: Issuer
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>
  /** Another each time; `request` keeps one for each user. */
  token(user: string): Promise<string>
  close(): Promise<void>
}

/**
 * ultid in this process, on a database, an issuer and a directory of its own, listening on a free port.
 * `environment` adds to or replaces its variables; `ULTID_ROLES=api` by default, so that nothing works behind a test.
 */
export async function startTestApp(environment: Record<string, string> = {}): Promise<TestApp> {
  const { ULTID_DB_URL: sharedUrl } = environment
  const [database, issuer, objects] = await Promise.all([
    sharedUrl === undefined ? createTestDatabase() : { url: sharedUrl, drop: async () => undefined },
    startIssuer(),
    createTempDir('objects'),
  ])
  const { config, secrets } = readConfig({
    ULTID_ENV: 'development',
    ULTID_LOG_FORMAT: 'json',
    ULTID_ROLES: 'api',
    ULTID_PORT: '0',
    ULTID_DB_URL: database.url,
    ULTID_OBJECTS_DIR: objects.path,
    ULTID_OIDC_ISSUER: issuer.url,
    ULTID_LOG_LEVEL: 'error',
    ULTID_ALLOW_PRIVATE_HOSTS: '127.0.0.0/8,::1,localhost',
    MAIL_ALLOW_PLAINTEXT: 'true',
    ULTID_RATE_LIMIT_SIGN_IN: '100000',
    MAIL_CREDENTIAL_KEYS: `test:${Buffer.alloc(32, 'test key ').toString('base64')}`,
    MAIL_ACTIVE_CREDENTIAL_KEY_ID: 'test',
    ...environment,
  })
  const app = await createApp({ config, secrets, log: createLog(config.log), version: '0.0.0-test' })
  const url = await app.start()
  const token = (user: string) =>
    issuer.token({ sub: user, name: user, groups: user === 'admin' ? ['ulti-admins'] : [] })
  const keptToken = keepTokens(token)
  return {
    url,
    app,
    databaseUrl: database.url,
    issuer,
    token,
    async request(method, path, { as, body, headers = {} } = {}) {
      const answer = await fetch(new URL(path, url), {
        method,
        headers: {
          ...(as !== undefined && { authorization: `Bearer ${await keptToken(as)}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        redirect: 'manual',
      })
      const isJson = answer.headers.get('content-type')?.startsWith('application/json')
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, body: isJson && text ? JSON.parse(text) : undefined }
    },
    async close() {
      await app.stop()
      await Promise.all([database.drop(), issuer.close(), objects.remove()])
    },
  }
}
