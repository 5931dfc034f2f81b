import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfig } from './config.ts'
import { ConfigError } from './reader.ts'
import { loadSettings } from './settings.ts'

const required = {
  ULTID_DB_URL: 'postgres://ulti@db/ulti',
  ULTID_OBJECTS_DIR: '/var/lib/ulti',
  ULTID_OIDC_ISSUER: 'https://id.example.test/o/ulti/',
  MAIL_CREDENTIAL_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  MAIL_ACTIVE_CREDENTIAL_KEY_ID: 'k1',
}
const own = {
  MAIL_OAUTH_PROVIDERS: 'school',
  MAIL_OAUTH_SCHOOL_CLIENT_ID: 'ulti',
  MAIL_OAUTH_SCHOOL_AUTHORIZATION_ENDPOINT: 'https://id.school.test/authorize',
  MAIL_OAUTH_SCHOOL_TOKEN_ENDPOINT: 'https://id.school.test/token',
  MAIL_OAUTH_SCHOOL_SCOPES: 'mail, offline_access',
  MAIL_OAUTH_SCHOOL_DOMAINS: 'School.test',
  MAIL_OAUTH_SCHOOL_IMAP: 'imap.school.test:1143:none',
  MAIL_OAUTH_SCHOOL_SMTP: 'smtp.school.test:465',
}

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig({ ...required, ...environment })
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.faults
  }
  return []
}

test('of Google and Microsoft everything but the client is known', () => {
  const { config, secrets } = readConfig({
    ...required,
    MAIL_OAUTH_PROVIDERS: 'google, microsoft',
    MAIL_OAUTH_GOOGLE_CLIENT_ID: 'g',
    MAIL_OAUTH_GOOGLE_CLIENT_SECRET: 'google-secret',
    MAIL_OAUTH_MICROSOFT_CLIENT_ID: 'm',
    MAIL_OAUTH_MICROSOFT_TOKEN_ENDPOINT: 'https://login.microsoftonline.com/school/oauth2/v2.0/token',
  })
  const [google, microsoft] = config.mail.oauthProviders
  assert.deepEqual(google?.scopes, ['https://mail.google.com/'])
  assert.deepEqual(google?.imap, { host: 'imap.gmail.com', port: 993, security: 'tls' })
  assert.equal(google?.parameters.access_type, 'offline')
  assert.deepEqual(microsoft?.smtp, { host: 'smtp.office365.com', port: 587, security: 'starttls' })
  assert.match(microsoft?.tokenEndpoint ?? '', /\/school\//)
  assert.deepEqual([...secrets.mailOAuth], [['google', 'google-secret']])
  assert.ok(!JSON.stringify(config).includes('google-secret'))
})

test('any other provider says where everything is', () => {
  const { config } = readConfig({ ...required, ...own })
  const [school] = config.mail.oauthProviders
  assert.deepEqual(school?.scopes, ['mail', 'offline_access'])
  assert.deepEqual(school?.parameters, { prompt: 'consent' })
  assert.deepEqual(school?.domains, ['school.test'])
  assert.deepEqual(school?.imap, { host: 'imap.school.test', port: 1143, security: 'none' })
  assert.deepEqual(school?.smtp, { host: 'smtp.school.test', port: 465, security: 'tls' })
})

test('what is missing or malformed is told by the name of its variable', () => {
  const missing = faultsOf({ MAIL_OAUTH_PROVIDERS: 'school' }).map((fault) => fault.split(' ')[0])
  const needed = ['CLIENT_ID', 'SCOPES', 'AUTHORIZATION_ENDPOINT', 'TOKEN_ENDPOINT', 'IMAP', 'SMTP']
  assert.deepEqual(missing.sort(), needed.map((part) => `MAIL_OAUTH_SCHOOL_${part}`).sort())
  for (const [part, value] of [
    ['IMAP', 'imap.school.test'],
    ['SMTP', 'smtp.school.test:70000'],
    ['SMTP', 'smtp.school.test:25:ssl'],
    ['TOKEN_ENDPOINT', 'id.school.test'],
  ] as const) {
    const faults = faultsOf({ ...own, [`MAIL_OAUTH_SCHOOL_${part}`]: value })
    assert.deepEqual([faults.length, faults[0]?.split(' ')[0]], [1, `MAIL_OAUTH_SCHOOL_${part}`], value)
  }
  assert.match(faultsOf({ MAIL_OAUTH_PROVIDERS: 'My School' })[0] ?? '', /names My School/)
  assert.match(faultsOf({ MAIL_OAUTH_PROVIDERS: 'constructor' })[0] ?? '', /^MAIL_OAUTH_CONSTRUCTOR_/)
})

test('the secret of a provider may come from a file, and production refuses a demo value of it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ulti-oauth-'))
  try {
    writeFileSync(join(directory, 'secret'), 'from-a-file\n')
    const file = { MAIL_OAUTH_SCHOOL_CLIENT_SECRET_FILE: join(directory, 'secret') }
    const { secrets } = readConfig(loadSettings({ ...required, ...own, ...file }, undefined).values)
    assert.equal(secrets.mailOAuth.get('school'), 'from-a-file')
  } finally {
    rmSync(directory, { recursive: true })
  }
  const demo = { ...own, ULTID_ENV: 'production', MAIL_OAUTH_SCHOOL_CLIENT_SECRET: 'changeme' }
  assert.ok(
    faultsOf(demo).some((fault) => fault.startsWith('MAIL_OAUTH_SCHOOL_CLIENT_SECRET still has its demo value')),
  )
})
