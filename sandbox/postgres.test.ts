import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { freePort } from '../test/harness/free-port.ts'
import { startPostgres } from './postgres.ts'

const isRoot = process.getuid?.() === 0
let home: string
let dataDir: string
let port: number

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'ulti-postgres-'))
  // As root the user `postgres` must be able to enter; other places are the matter of the last test.
  await chmod(home, 0o755)
  dataDir = join(home, 'data')
  port = await freePort()
})
after(() => rm(home, { recursive: true }))

const start = (dir = dataDir) =>
  startPostgres({ dataDir: dir, port, isDurable: false, settings: { max_connections: 33 } })

async function query(url: string, text: string): Promise<unknown> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    const { rows } = await client.query({ text, rowMode: 'array' })
    return rows[0]?.[0]
  } finally {
    await client.end()
  }
}

test('a database outlives a restart and has the encoding, locale and settings asked for', async () => {
  const first = await start()
  await first.createDatabase('ulti')
  await first.createDatabase('ulti')
  await query(first.url('ulti'), 'create table kept as select 42 as answer')
  assert.equal(await query(first.url('ulti'), 'show server_encoding'), 'UTF8')
  assert.equal(await query(first.url('ulti'), "select lower('ÉTÉ')"), 'été')
  assert.equal(await query(first.url('ulti'), 'show max_connections'), '33')
  await first.close()

  const second = await start()
  assert.equal(await query(second.url('ulti'), 'select answer from kept'), 42)
  await second.close()
})

test('a server left behind by a killed run is stopped and its data kept', async () => {
  const program = `
    import { startPostgres } from ${JSON.stringify(import.meta.resolve('./postgres.ts'))}
    await startPostgres(${JSON.stringify({ dataDir, port, isDurable: false })})
    process.kill(process.pid, 'SIGKILL')`
  const killed = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' })
  await once(killed, 'exit')
  const orphan = Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0])

  const server = await start()
  assert.notEqual(Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0]), orphan)
  assert.equal(await query(server.url('ulti'), 'select answer from kept'), 42)
  await server.close()
})

// Anybody else owns the directories that they start from.
if (isRoot) test('as root a data directory behind a private one is placed where PostgreSQL may go', placesDataElsewhere)

async function placesDataElsewhere() {
  const hidden = await mkdtemp(join(tmpdir(), 'ulti-hidden-'))
  const dir = join(hidden, 'data')
  const server = await start(dir)
  const placed = await realpath(dir)
  try {
    assert.equal(await query(server.url('postgres'), 'select 1'), 1)
    assert.ok(!placed.startsWith(hidden), placed)
  } finally {
    await server.close()
    await rm(placed, { recursive: true })
    await rm(hidden, { recursive: true })
  }
}
