import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { readConfig } from './config.ts'
import { ConfigError } from './reader.ts'

const key = randomBytes(32).toString('base64')
const required = {
  ULTID_DB_URL: 'postgres://ulti:db-secret@db/ulti',
  ULTID_OBJECTS_DIR: '/var/lib/ulti',
  ULTID_OIDC_ISSUER: 'https://id.example.test/o/ulti/',
  MAIL_CREDENTIAL_KEYS: `k1:${key}`,
  MAIL_ACTIVE_CREDENTIAL_KEY_ID: 'k1',
}

function faultsOf(environment: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(environment)
  } catch (error) {
    assert.ok(error instanceof ConfigError, inspect(error))
    for (const fault of error.faults) assert.ok(error.message.includes(fault))
    return error.faults
  }
  return []
}

test('an empty environment is told every variable that it lacks, each with what is expected', () => {
  const faults = faultsOf({})
  for (const name of Object.keys(required)) {
    assert.equal(faults.filter((fault) => fault.startsWith(`${name} is missing; expected`)).length, 1, name)
  }
  assert.equal(faults.length, Object.keys(required).length)
})

test('all faults are told at once, those of different kinds together', () => {
  const faults = faultsOf({
    ...required,
    ULTID_ENV: 'staging',
    ULTID_PORT: '70000',
    ULTID_PUBLIC_URL: 'example.test',
    ULTID_ROLES: 'api,web,cron',
    ULTID_AUTO_MIGRATE: 'yes',
    ULTID_DB_URL: 'mysql://db/ulti',
    ULTID_CACHE_URL: 'http://cache',
    ULTID_OIDC_ISSUER: 'not a url',
    ULTID_LOG_LEVEL: 'loud',
    MAIL_ATTACHMENT_MAX_BYTES: '-1',
    MAIL_CREDENTIAL_KEYS: `k1:${key},k2:c2hvcnQ=`,
  })
  const named = faults.map((fault) => fault.split(' ')[0])
  const expected = ['ULTID_ENV', 'ULTID_PORT', 'ULTID_PUBLIC_URL', 'ULTID_ROLES', 'ULTID_AUTO_MIGRATE', 'ULTID_DB_URL']
  assert.deepEqual(
    named.toSorted(),
    [
      ...expected,
      'ULTID_CACHE_URL',
      'ULTID_OIDC_ISSUER',
      'ULTID_LOG_LEVEL',
      'MAIL_ATTACHMENT_MAX_BYTES',
      'MAIL_CREDENTIAL_KEYS',
    ].toSorted(),
  )
  assert.match(faults.join('\n'), /ULTID_ROLES names web, cron; expected some of api, sync, jobs/)
})

test('what a fault says never holds the value of a secret', () => {
  const faults = faultsOf({
    ...required,
    ULTID_DB_URL: 'hunter2://hunter2',
    ULTID_CACHE_URL: 'hunter2',
    MAIL_CREDENTIAL_KEYS: 'hunter2',
    MAIL_ACTIVE_CREDENTIAL_KEY_ID: 'other',
  })
  assert.ok(faults.length >= 3)
  assert.ok(!faults.join('\n').includes('hunter2'))
})

test('what is required suffices, and the rest has defaults', () => {
  const { config, secrets } = readConfig(required)
  assert.equal(config.environment, 'development')
  assert.deepEqual(config.roles, ['api', 'sync', 'jobs'])
  assert.deepEqual([config.http.host, config.http.port], ['127.0.0.1', 8080])
  assert.equal(config.http.publicUrl, 'http://localhost:8080')
  assert.equal(config.database.isMigratedAtStart, true)
  assert.deepEqual(config.oidc, { issuer: required.ULTID_OIDC_ISSUER, acceptedIssuers: [], clientId: 'ulti-backend' })
  assert.deepEqual(config.log, { level: 'info', format: 'pretty' })
  assert.deepEqual(config.network.allowPrivateHosts, [])
  assert.equal(config.mail.isPlaintextAllowed, false)
  assert.equal(config.mail.attachmentMaxBytes, 26_214_400)
  assert.equal(config.mail.leaseSeconds, 30)
  assert.equal(secrets.cacheUrl, undefined)
})

test('an empty or blank variable counts as absent', () => {
  const { config } = readConfig({ ...required, ULTID_PORT: '', ULTID_ROLES: '  ', ULTID_HOST: '' })
  assert.deepEqual([config.http.port, config.http.host, config.roles.length], [8080, '127.0.0.1', 3])
  assert.deepEqual(faultsOf({ ...required, ULTID_DB_URL: ' ' }).length, 1)
})

test('roles are those that are named, once each and in the house order', () => {
  assert.deepEqual(readConfig({ ...required, ULTID_ROLES: 'jobs, api,jobs' }).config.roles, ['api', 'jobs'])
})

test('numbers keep to their range and are written as such', () => {
  for (const port of ['-1', '65536', '1e3', '0x10', '8080.5', '8 080', 'NaN']) {
    assert.equal(faultsOf({ ...required, ULTID_PORT: port }).length, 1, port)
  }
  assert.equal(readConfig({ ...required, ULTID_PORT: '0' }).config.http.port, 0)
  assert.equal(readConfig({ ...required, ULTID_PORT: '65535' }).config.http.port, 65_535)
})

test('a flag is true or false and nothing that merely looks so', () => {
  for (const flag of ['1', 'TRUE', 'yes', 'toString', '__proto__', 'constructor']) {
    assert.equal(faultsOf({ ...required, MAIL_ALLOW_PLAINTEXT: flag }).length, 1, flag)
  }
  assert.equal(readConfig({ ...required, MAIL_ALLOW_PLAINTEXT: 'true' }).config.mail.isPlaintextAllowed, true)
})

test('a URL has a scheme that is expected and a host', () => {
  for (const url of ['ulti', 'http:ulti', 'https:///', '//host', 'ftp://host', 'javascript:alert(1)', 'http://']) {
    assert.equal(faultsOf({ ...required, ULTID_PUBLIC_URL: url }).length, 1, url)
  }
  const { config } = readConfig({ ...required, ULTID_PUBLIC_URL: 'https://ulti.example.test/' })
  assert.equal(config.http.publicUrl, 'https://ulti.example.test')
})

test('credential keys are read whole, each id once, and the active one is among them', () => {
  const second = randomBytes(32).toString('base64')
  const { secrets } = readConfig({ ...required, MAIL_CREDENTIAL_KEYS: `k1:${key}, k2:${second},` })
  assert.deepEqual([...secrets.credentialKeys.keys()], ['k1', 'k2'])
  assert.equal(secrets.credentialKeys.get('k2')?.toString('base64'), second)
  const faulty: [keys: string, expected: RegExp][] = [
    [`k1:${key},k1:${second}`, /the key k1 twice/],
    [`k1:${randomBytes(16).toString('base64')}`, /each key 32 bytes/],
    [`k1:${randomBytes(33).toString('base64')}`, /each key 32 bytes/],
    [key, /key_id:base64key/],
    [`bad id:${key}`, /key_id:base64key/],
    [`other:${key}`, /MAIL_ACTIVE_CREDENTIAL_KEY_ID names no key/],
    [',', /MAIL_CREDENTIAL_KEYS is missing/],
  ]
  for (const [keys, expected] of faulty) {
    assert.match(faultsOf({ ...required, MAIL_CREDENTIAL_KEYS: keys }).join('\n'), expected, keys)
  }
})

test('no secret is in the configuration, so that it may be logged', () => {
  const { config, secrets } = readConfig({
    ...required,
    ULTID_CACHE_URL: 'redis://:cache-secret@cache',
    ULTID_OIDC_CLIENT_SECRET: 'client-secret',
    ULTID_OIDC_CLIENT_SECRET_ROTATED_AT: '2026-01-01',
    MAIL_WEBHOOK_SHARED_SECRET: 'webhook-secret',
    ULTID_S3_ENDPOINT: 'http://objects:9000',
    ULTID_S3_ACCESS_KEY: 'access-secret',
    ULTID_S3_SECRET_KEY: 's3-secret',
  })
  for (const shown of [JSON.stringify(config), inspect(config, { depth: 20 })]) {
    assert.doesNotMatch(shown, /(db|cache|client|webhook|access|s3)-secret/)
    assert.ok(!shown.includes(key))
  }
  assert.match(secrets.databaseUrl, /db-secret/)
})

test('the configuration does not change under those who hold it', () => {
  const { config, secrets } = readConfig(required)
  const parts: object[] = [config, secrets]
  for (let part = parts.pop(); part; part = parts.pop()) {
    assert.ok(Object.isFrozen(part) || part instanceof Map, inspect(part))
    parts.push(...Object.values(part).filter((value) => typeof value === 'object' && value !== null))
  }
})
