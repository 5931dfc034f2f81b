import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { settingsFor, ultid } from '../../test/harness/command-line.ts'
import { createTempDir } from '../../test/harness/temp-dir.ts'

const example = new URL('../../.env.example', import.meta.url)

suite('ultid config check', async () => {
  const directory = await createTempDir('config')
  after(directory.remove)
  const envFile = join(directory.path, '.env')
  writeFileSync(envFile, readFileSync(example))

  test('takes the example as it is, and tells each value and where it comes from', async () => {
    const key = join(directory.path, 'secret')
    writeFileSync(key, 'from-a-file\n')
    const withoutKey = join(directory.path, 'without-key')
    writeFileSync(withoutKey, readFileSync(example, 'utf8').replace(/^ULTID_S3_SECRET_KEY=.*$/m, ''))
    const environment = { ULTID_ENV_FILE: withoutKey, ULTID_PORT: '9000', ULTID_S3_SECRET_KEY_FILE: key }
    const { code, output, complaint } = await ultid(['config', 'check'], environment)
    assert.deepEqual([code, complaint], [0, ''])
    const lines = new Map(output.split('\n').map((line) => [line.split(/\s+/)[0], line.split(/\s{2,}/).slice(1)]))
    assert.deepEqual(lines.get('ULTID_PORT'), ['environment', '9000'])
    assert.deepEqual(lines.get('ULTID_HOST'), ['default', '127.0.0.1'])
    assert.deepEqual(lines.get('ULTID_CORS_ORIGINS'), ['.env', 'http://localhost:3000'])
    assert.deepEqual(lines.get('ULTID_S3_SECRET_KEY'), ['file', '********'])
    assert.deepEqual(lines.get('ULTID_DB_URL'), ['.env', 'postgres://********@postgres:5432/ulti'])
    assert.match(output, /\nthe configuration is valid\n$/)
  })

  test('shows no secret, not even one that looks like an address', async () => {
    const key = `//${'k'.repeat(41)}=`
    const { output } = await ultid(['config', 'check'], {
      ...settingsFor('postgres://user:hunter2@db/ulti?password=hunter2&sslkey=hunter2'),
      ULTID_CACHE_URL: 'redis://:hunter2@cache:6379/1',
      ULTID_OIDC_CLIENT_SECRET: 'https://hunter2/hunter2',
      MAIL_CREDENTIAL_KEYS: `k1:${key}`,
      MAIL_ACTIVE_CREDENTIAL_KEY_ID: 'k1',
      MAIL_WEBHOOK_SHARED_SECRET: 'hunter2',
    })
    assert.match(output, /ULTID_DB_URL +environment +postgres:\/\/\*{8}@db\/ulti\n/)
    assert.match(output, /ULTID_CACHE_URL +environment +redis:\/\/cache:6379\/1\n/)
    assert.doesNotMatch(output, /hunter2|kkkk/)
  })

  test('ends with 2 and names all faults, of settings as of values', async () => {
    const wrong = await ultid(['config', 'check'], { ULTID_PORT: 'x', ULTID_ENV: 'production' })
    assert.deepEqual([wrong.code, wrong.output], [2, ''])
    assert.match(wrong.complaint, /ULTID_PORT is not valid; expected a whole number/)
    assert.match(wrong.complaint, /ULTID_DB_URL is missing/)
    const twice = { ULTID_DB_URL: 'postgres://a/b', ULTID_DB_URL_FILE: '/nowhere' }
    assert.match((await ultid(['config', 'check'], twice)).complaint, /ULTID_DB_URL and ULTID_DB_URL_FILE are both set/)
    const nowhere = await ultid(['config', 'check'], { ULTID_ENV_FILE: '/nowhere/.env' })
    assert.deepEqual(
      [nowhere.code, nowhere.complaint],
      [2, 'ULTID_ENV_FILE names /nowhere/.env, which is not there.\n'],
    )
    const what = await ultid(['config'])
    assert.deepEqual([what.code, what.complaint], [2, 'Say what to do: ultid config check\n'])
  })

  test('production refuses the example and warns of what is overdue when it is told to', async () => {
    const refused = await ultid(['config', 'check'], { ULTID_ENV_FILE: envFile, ULTID_ENV: 'production' })
    assert.equal(refused.code, 2)
    assert.match(refused.complaint, /MAIL_CREDENTIAL_KEYS still has its demo value/)
    assert.match(refused.complaint, /MAIL_CREDENTIAL_KEY_ROTATED_AT is missing/)
    const warned = await ultid(['config', 'check'], {
      ...settingsFor('postgres://user:hunter2@db/ulti'),
      ...{ ULTID_ENV: 'production', SECRET_ROTATION_ENFORCE: 'warn', MAIL_CREDENTIAL_KEY_ROTATED_AT: '2020-01-01' },
    })
    assert.equal(warned.code, 0)
    assert.match(warned.complaint, /^warning: MAIL_CREDENTIAL_KEYS is older than 90 days/)
  })
})
