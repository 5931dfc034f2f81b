import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { decodeJwt } from 'jose'
import { ensureIssuerKeys } from './issuer-keys.ts'
import { openState } from './state.ts'

let home: string
let dir: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ulti-state-'))
  dir = join(home, 'state')
})
afterEach(() => rm(home, { recursive: true }))

const open = () => openState(dir, 'http://localhost:8080')

function run(program: string, ...args: string[]) {
  const environment = { ...process.env, ULTI_SANDBOX_DIR: dir }
  return spawnSync(process.execPath, [join(import.meta.dirname, program), ...args], {
    env: environment,
    encoding: 'utf8',
  })
}

test('the credential keys are made once and readable by their owner alone', async () => {
  const first = await open()
  await first.close()
  const second = await open()
  await second.close()
  assert.match(first.credentialKeys, /^sandbox-1:[A-Za-z0-9+/]{43}=$/)
  assert.equal(second.credentialKeys, first.credentialKeys)
  assert.equal((await stat(join(dir, 'sandbox.json'))).mode & 0o777, 0o600)
})

test('two sandboxes do not share a directory, and the message says what to do', async () => {
  const state = await open()
  await assert.rejects(open(), /runs on .*state.*ULTI_SANDBOX_DIR=\S+ PORT=\d+ npm start/s)
  await state.close()
  await (await open()).close()
})

test('the lock of a killed run is taken over, also when its process id is in use again', async () => {
  await (await open()).close()
  const lock = { pid: process.ppid, command: 'node sandbox/main.ts', url: 'http://localhost:8080' }
  await writeFile(join(dir, 'lock.json'), JSON.stringify(lock))
  await (await open()).close()
})

test('a directory that holds something else is refused and never cleared', async () => {
  await writeFile(join(home, 'diary.txt'), 'mine')
  dir = home
  await assert.rejects(open(), /holds files, but not those of a sandbox/)
  assert.equal(run('reset.ts').status, 1)
  assert.equal(await readFile(join(home, 'diary.txt'), 'utf8'), 'mine')
})

test('reset clears the directory, but not while a sandbox runs on it', async () => {
  const state = await open()
  const refused = run('reset.ts')
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /stop it first/)
  await state.close()
  assert.equal(run('reset.ts').status, 0)
  await assert.rejects(stat(dir))
  assert.match(run('reset.ts').stdout, /Nothing to clear/)
})

test('the token command prints a token alone, and says beside it that no sandbox runs', async () => {
  await ensureIssuerKeys(join(dir, 'issuer'), 'http://localhost:8081')
  const { stdout, stderr, status } = run('token.ts', 'bob')
  assert.equal(status, 0)
  assert.match(stderr, /^The sandbox is not running/)
  const { sub, iss } = decodeJwt(stdout.trim())
  assert.deepEqual([sub, iss], ['bob', 'http://localhost:8081'])
})

test('the token command says what is missing', () => {
  const unknown = run('token.ts', 'dave')
  assert.deepEqual([unknown.status, unknown.stdout], [1, ''])
  assert.match(unknown.stderr, /no user "dave".*alice\|bob\|carol/)
  assert.match(run('token.ts', 'alice').stderr, /run `npm start` first/)
})
