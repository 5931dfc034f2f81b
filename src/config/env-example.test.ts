import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfig } from './config.ts'
import type { ConfigError } from './reader.ts'
import { loadSettings } from './settings.ts'

const path = new URL('../../.env.example', import.meta.url).pathname
const text = readFileSync(path, 'utf8')
const documented = new Set([...text.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name))
const referred = new Set([...text.matchAll(/\{\{([A-Z][A-Z0-9_]+)\}\}/g)].map(([, name]) => name))

/** What the example shows of providers, as if it were not commented out. */
const mailOAuth = Object.fromEntries(
  [...text.matchAll(/^# (MAIL_OAUTH_[A-Z_]+)=(\S+)$/gm)].map(([, name = '', value]) => [name, value]),
)

function readNames(): Set<string> {
  const values = {
    ...loadSettings({}, path).values,
    ...mailOAuth,
    NEXTCLOUD_ENABLED: 'true',
    IMMICH_ENABLED: 'true',
    ...{ JITSI_ENABLED: 'true', JWT_ALGORITHM: 'RS256', JWT_PRIVATE_KEY: 'a key' },
  }
  const withDirectory = readConfig({ ...values, ULTID_S3_ENDPOINT: undefined, ULTID_OBJECTS_DIR: 'data' }).readings
  const withS3 = readConfig({ ...values, ULTID_S3_PUBLIC_ENDPOINT: 'http://localhost' }).readings
  return new Set([...withDirectory, ...withS3].map(({ name }) => name))
}

/** What the suite is started by. */
function readDeployment(): string {
  const folder = new URL('../../deploy/', import.meta.url).pathname
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(yml|yaml|sh)$/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
}

test('the untouched example is a valid configuration for development', () => {
  const { config, secrets } = readConfig(loadSettings({}, path).values)
  assert.equal(config.environment, 'development')
  assert.equal(secrets.databaseUrl, 'postgres://ulti:changeme@postgres:5432/ulti')
  assert.equal(config.oidc.issuer, 'http://nginx/auth/application/o/ulti/')
})

test('every variable that the code reads is documented in the example, those of providers with one of them', () => {
  const shownAs = (name: string) => name.replace(/^MAIL_OAUTH_(GOOGLE|MICROSOFT)_/, 'MAIL_OAUTH_EXAMPLE_')
  assert.deepEqual(
    [...readNames()].filter((name) => !documented.has(name) && !documented.has(shownAs(name))),
    [],
  )
})

test('every variable of the example is read by the code or the deployment, or referred to by another', () => {
  const read = readNames()
  const deployment = readDeployment()
  assert.deepEqual(
    [...documented].filter((name) => name && !read.has(name) && !referred.has(name) && !deployment.includes(name)),
    [],
  )
})

test('the providers of the example are valid', () => {
  const { config, secrets } = readConfig({ ...loadSettings({}, path).values, ...mailOAuth })
  const providers = config.mail.oauthProviders
  assert.deepEqual(
    providers.map(({ name }) => name),
    ['google', 'microsoft', 'example'],
  )
  assert.deepEqual([...secrets.mailOAuth.keys()], ['google', 'microsoft', 'example'])
  assert.deepEqual(providers[2]?.smtp, { host: 'smtp.example.org', port: 587, security: 'starttls' })
})

test('production refuses each demo value of the example by name', () => {
  const { values } = loadSettings({ ULTID_ENV: 'production', SECRET_ROTATION_ENFORCE: 'warn' }, path)
  assert.throws(
    () => readConfig(values),
    (error: ConfigError) => {
      const named = error.faults.map((fault) => fault.split(' ')[0]).sort()
      const expected = [
        'AUTHENTIK_API_TOKEN',
        'AUTHENTIK_BOOTSTRAP_PASSWORD',
        'AUTHENTIK_DB_PASSWORD',
        'AUTHENTIK_SECRET_KEY',
        'IMMICH_DB_PASSWORD',
        'IMMICH_OIDC_CLIENT_SECRET',
        'JICOFO_AUTH_PASSWORD',
        'JVB_AUTH_PASSWORD',
        'JWT_APP_SECRET',
        'KEYDB_PASSWORD',
        'MAIL_CREDENTIAL_KEYS',
        'MAIL_WEBHOOK_SHARED_SECRET',
        'NEXTCLOUD_ADMIN_PASSWORD',
        'NEXTCLOUD_DB_PASSWORD',
        'NEXTCLOUD_OIDC_CLIENT_SECRET',
        'POSTGRES_PASSWORD',
        'RUSTFS_SECRET_KEY',
        'ULTID_CACHE_URL',
        'ULTID_DB_URL',
        'ULTID_OIDC_CLIENT_SECRET',
        'ULTID_S3_SECRET_KEY',
      ]
      assert.deepEqual(named, expected)
      return true
    },
  )
})

test('defaults that the example shows are those of the code', () => {
  const shown = [...text.matchAll(/^# ([A-Z][A-Z0-9_]+)=(\S+)$/gm)].map(
    ([, name = '', value]) => [name, value] as const,
  )
  const reader = new Map(readConfig(loadSettings({}, path).values).readings.map(({ name, value }) => [name, value]))
  const withDefault = shown.filter(([name]) => reader.get(name) !== undefined)
  assert.ok(withDefault.length > 10)
  for (const [name, value] of withDefault) assert.equal(value, reader.get(name), name)
})
