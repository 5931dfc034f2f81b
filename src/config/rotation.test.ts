import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { readConfig } from './config.ts'
import { ConfigError } from './reader.ts'

const now = new Date('2026-05-23T12:00:00Z')
const production = {
  ULTID_ENV: 'production',
  ULTID_DB_URL: 'postgres://ulti:secret@db/ulti',
  ULTID_OBJECTS_DIR: '/var/lib/ulti',
  ULTID_OIDC_ISSUER: 'https://id.example.test/',
  ULTID_OIDC_CLIENT_SECRET: 'secret',
  ULTID_OIDC_CLIENT_SECRET_ROTATED_AT: '2026-05-01',
  MAIL_CREDENTIAL_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  MAIL_ACTIVE_CREDENTIAL_KEY_ID: 'k1',
  MAIL_CREDENTIAL_KEY_ROTATED_AT: '2026-05-01',
}

function faultsOf(environment: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(environment, now)
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.faults
  }
  return []
}

test('production starts while every secret that is set is young enough', () => {
  const { config, warnings } = readConfig(production, now)
  assert.deepEqual(warnings, [])
  assert.deepEqual(
    config.rotation.secrets.map(({ name, dueAt }) => [name, dueAt?.toISOString().slice(0, 10)]),
    [
      ['ULTID_OIDC_CLIENT_SECRET', '2026-07-30'],
      ['MAIL_CREDENTIAL_KEYS', '2026-07-30'],
    ],
  )
})

test('an overdue secret stops production and says what to do', () => {
  const overdue = { ...production, MAIL_CREDENTIAL_KEY_ROTATED_AT: '2026-02-22' }
  assert.deepEqual(faultsOf(overdue), [
    'MAIL_CREDENTIAL_KEYS is older than 90 days (due since 2026-05-23); change it and set MAIL_CREDENTIAL_KEY_ROTATED_AT to today.',
  ])
  assert.deepEqual(faultsOf({ ...overdue, SECRET_ROTATION_MAX_AGE: '26w' }), [])
})

test('a secret is due at its day and not before', () => {
  const at = (time: string) => faultsOf({ ...production, MAIL_CREDENTIAL_KEY_ROTATED_AT: time }).length
  assert.equal(at('2026-02-22T12:00:00Z'), 1)
  assert.equal(at('2026-02-22T12:00:01Z'), 0)
  assert.equal(at('2026-02-22T14:00:01+02:00'), 0)
})

test('each missing date stops production, those of secrets that are not set do not', () => {
  const faults = faultsOf({
    ...production,
    ULTID_OIDC_CLIENT_SECRET_ROTATED_AT: '',
    MAIL_CREDENTIAL_KEY_ROTATED_AT: undefined,
  })
  assert.deepEqual(faults, [
    'ULTID_OIDC_CLIENT_SECRET_ROTATED_AT is missing; write down the day on which ULTID_OIDC_CLIENT_SECRET was last changed.',
    'MAIL_CREDENTIAL_KEY_ROTATED_AT is missing; write down the day on which MAIL_CREDENTIAL_KEYS was last changed.',
  ])
  assert.equal(faultsOf({ ...production, MAIL_WEBHOOK_SHARED_SECRET: 'secret' }).length, 1)
})

test('SECRET_ROTATION_ENFORCE=warn makes warnings of it', () => {
  const environment = { ...production, MAIL_CREDENTIAL_KEY_ROTATED_AT: '2020-01-01', SECRET_ROTATION_ENFORCE: 'warn' }
  const { warnings } = readConfig(environment, now)
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] ?? '', /^MAIL_CREDENTIAL_KEYS is older than 90 days/)
  assert.match(faultsOf({ ...environment, SECRET_ROTATION_ENFORCE: 'no' }).join('\n'), /SECRET_ROTATION_ENFORCE is not/)
})

test('development has no policy', () => {
  const environment = { ...production, ULTID_ENV: 'development', MAIL_CREDENTIAL_KEY_ROTATED_AT: '2020-01-01' }
  assert.deepEqual(readConfig(environment, now).warnings, [])
})

test('the day of the change may be tomorrow already, east of here, but not later', () => {
  const at = (time: string) => faultsOf({ ...production, MAIL_CREDENTIAL_KEY_ROTATED_AT: time })
  assert.deepEqual(at('2026-05-24'), [])
  assert.match(at('2026-05-25').join(), /^MAIL_CREDENTIAL_KEY_ROTATED_AT lies in the future/)
})

test('what is no date is a fault in any environment', () => {
  for (const date of ['yesterday', '23.05.2026', '05/23/2026', '5', '2026-02-31', '2026-13-01', '2026-05-23 12:00']) {
    for (const ULTID_ENV of ['production', 'development']) {
      const faults = faultsOf({ ...production, ULTID_ENV, MAIL_CREDENTIAL_KEY_ROTATED_AT: date })
      assert.match(faults[0] ?? '', /^MAIL_CREDENTIAL_KEY_ROTATED_AT is not valid; expected a date/, date)
    }
  }
})

test('a policy without an age is the only fault, and no secret is blamed for it', () => {
  for (const age of ['0d', '90', 'd', '-1d', '90 days']) {
    assert.deepEqual(faultsOf({ ...production, SECRET_ROTATION_MAX_AGE: age }), [
      'SECRET_ROTATION_MAX_AGE is not valid; expected a duration such as 90d, 12h or 30m.',
    ])
  }
})
