import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ConfigError } from './reader.ts'
import { loadSettings } from './settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'settings-'))
after(() => rmSync(directory, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

const faultsOf = (environment: Record<string, string>, envFile?: string): readonly string[] => {
  try {
    loadSettings(environment, envFile)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.faults
  }
  return []
}

test('the environment wins over .env, and each value knows where it comes from', () => {
  const envFile = file('.env', 'ULTID_PORT=1\nULTID_HOST=h\nULTID_ENV=\n')
  const { values, sourceOf } = loadSettings({ ULTID_PORT: '2', ULTID_HOST: '' }, envFile)
  assert.equal(values.ULTID_PORT, '2')
  assert.equal(values.ULTID_HOST, 'h')
  assert.deepEqual(['ULTID_PORT', 'ULTID_HOST', 'ULTID_ENV', 'ULTID_ROLES'].map(sourceOf), [
    ...['environment', '.env', 'default', 'default'],
  ])
})

test('without an env file the environment alone counts', () => {
  assert.deepEqual(loadSettings({ A: '1' }, join(directory, 'nowhere')).values, { A: '1' })
  assert.deepEqual(loadSettings({ A: '1' }, undefined).values, { A: '1' })
})

test('values of .env refer to others, those of the environment are taken as they are', () => {
  const envFile = file('.env', 'URL=http://{{HOST}}:{{PORT}}\nHOST=example.test\nPORT=1\n')
  assert.equal(loadSettings({ PORT: '2' }, envFile).values.URL, 'http://example.test:2')
  assert.equal(loadSettings({ HOST: '{{PORT}}' }, envFile).values.URL, 'http://{{PORT}}:1')
})

test('a secret comes from its file without the last line end, whatever that is', () => {
  for (const [text, expected] of [
    ['s3cret\n', 's3cret'],
    ['s3cret\r\n', 's3cret'],
    ['s3cret', 's3cret'],
    ['s3cret  ', 's3cret  '],
    ['one\ntwo\n', 'one\ntwo'],
    ['{{HOME}}\n', '{{HOME}}'],
  ] as const) {
    const { values, sourceOf } = loadSettings({ ULTID_OIDC_CLIENT_SECRET_FILE: file('secret', text) }, undefined)
    assert.equal(values.ULTID_OIDC_CLIENT_SECRET, expected)
    assert.equal(sourceOf('ULTID_OIDC_CLIENT_SECRET'), 'file')
  }
})

test('others refer to a secret from a file, and its path may refer to others', () => {
  file('password', 'pg-secret\n')
  const envFile = file(
    '.env',
    [
      'POSTGRES_PASSWORD_FILE={{SECRETS}}/password',
      `SECRETS=${directory}`,
      'ULTID_DB_URL=postgres://ulti:{{POSTGRES_PASSWORD}}@db/ulti',
    ].join('\n'),
  )
  assert.equal(loadSettings({}, envFile).values.ULTID_DB_URL, 'postgres://ulti:pg-secret@db/ulti')
})

test('a secret that is given twice is a fault, wherever the two are', () => {
  const path = file('secret', 'x')
  const twice = 'MAIL_CREDENTIAL_KEYS and MAIL_CREDENTIAL_KEYS_FILE are both set; keep one.'
  assert.deepEqual(faultsOf({ MAIL_CREDENTIAL_KEYS: 'a', MAIL_CREDENTIAL_KEYS_FILE: path }), [twice])
  const envFile = file('.env', 'MAIL_CREDENTIAL_KEYS=a\n')
  assert.deepEqual(faultsOf({ MAIL_CREDENTIAL_KEYS_FILE: path }, envFile), [twice])
  assert.deepEqual(faultsOf({ MAIL_CREDENTIAL_KEYS: '', MAIL_CREDENTIAL_KEYS_FILE: path }), [])
})

test('files that are not there, are directories or empty are named, all at once', () => {
  const faults = faultsOf({
    ULTID_DB_URL_FILE: join(directory, 'nowhere'),
    ULTID_CACHE_URL_FILE: directory,
    MAIL_CREDENTIAL_KEYS_FILE: file('empty', '\n'),
  })
  assert.equal(faults.length, 3)
  assert.match(faults[0] ?? '', /^ULTID_DB_URL_FILE names .*nowhere, which cannot be read \(ENOENT\)\.$/)
  assert.match(faults[1] ?? '', /^ULTID_CACHE_URL_FILE names .*, which cannot be read \(EISDIR\)\.$/)
  assert.match(faults[2] ?? '', /^MAIL_CREDENTIAL_KEYS_FILE names .*empty, which is empty\.$/)
})

test('what is no secret has no file', () => {
  assert.equal(loadSettings({ ULTID_PORT_FILE: file('port', '9000') }, undefined).values.ULTID_PORT, undefined)
})

test('an env file that cannot be read is a fault, not an empty one', () => {
  assert.match(faultsOf({}, directory)[0] ?? '', /cannot be read \(EISDIR\)/)
  if (process.getuid?.() === 0) return
  const path = file('.env.locked', 'A=1')
  chmodSync(path, 0o000)
  assert.match(faultsOf({}, path)[0] ?? '', /cannot be read \(EACCES\)/)
})

test('references that lead nowhere are named, all at once', () => {
  const envFile = file('.env', 'A={{B}}\nB={{A}}\nC={{NOWHERE}}\n')
  const faults = faultsOf({}, envFile).join('\n')
  assert.match(faults, /A → B → A/)
  assert.match(faults, /C refers to \{\{NOWHERE\}\}/)
})
