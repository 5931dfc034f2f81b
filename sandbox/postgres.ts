import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { findPostgresPlace, type PostgresPlace } from './postgres-place.ts'
import { isAlive, stopProcess } from './processes.ts'
import { SandboxError } from './sandbox-error.ts'

const run = promisify(execFile)
const superuser = 'postgres'

export type Postgres = {
  /** Connection string of a database, with the password. */
  url(database: string): string
  /** Creates the database unless it exists. */
  createDatabase(name: string): Promise<void>
  /** Disconnects everybody, writes everything out and ends the server. */
  close(): Promise<void>
}

export type PostgresOptions = {
  /** Kept between runs. No other server may run on it: one that does is an orphan of a killed run and is stopped. */
  dataDir: string
  /** On 127.0.0.1. */
  port: number
  /** False gives up safety against a power failure for speed (tests). */
  isDurable: boolean
  /** Further server settings, e.g. `{ max_connections: 200 }`. */
  settings?: Record<string, string | number>
  /** Every line that the server logs. */
  onLog?: (line: string) => void
  /** What a person should know, e.g. that files were placed elsewhere. */
  onNotice?: (line: string) => void
}

/**
 * Starts a PostgreSQL 16 (UTF-8, C.UTF-8) of its own on 127.0.0.1 and resolves when it takes connections.
 * @throws SandboxError with the server's last lines when it doesn't come up.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const place = await findPostgresPlace(options.dataDir, options.onNotice ?? (() => {}))
  await stopOrphanedPostgres(place.dataDir)
  const password = await initialise(place)
  const server = await launch(place, options)
  // Our own crash must not leave a server behind; kill -9 does, and the next start then stops the orphan.
  const stopNow = () => server.kill('SIGINT')
  process.once('exit', stopNow)
  const url = (database: string) =>
    `postgres://${superuser}:${password}@127.0.0.1:${options.port}/${encodeURIComponent(database)}`
  return {
    url,
    createDatabase: (name) => createDatabase(url('postgres'), name),
    async close() {
      process.off('exit', stopNow)
      if (server.exitCode !== null || server.signalCode !== null) return
      const ended = once(server, 'exit')
      server.kill('SIGINT')
      await ended
    },
  }
}

/**
 * After kill -9 of its parent a server lives on; after its own, the process id in its lock file may be somebody else's.
 */
export async function stopOrphanedPostgres(dataDir: string) {
  const lockFile = join(dataDir, 'postmaster.pid')
  const lock = await readFile(lockFile, 'utf8').catch(() => undefined)
  if (lock === undefined) return
  const [pid, servedDir = ''] = lock.split('\n')
  if (isAlive(Number(pid), ['postgres', servedDir])) await stopProcess(Number(pid), 'SIGINT')
  await rm(lockFile, { force: true })
}

/** Initialises beside and renames, so that an interrupted start leaves no half-made cluster. Returns the password. */
async function initialise({ binDir, dataDir, ids }: PostgresPlace): Promise<string> {
  const passwordFile = join(dataDir, 'ulti-password')
  const known = await readFile(passwordFile, 'utf8').catch(() => undefined)
  if (known) return known.trim()
  const password = crypto.randomUUID().replaceAll('-', '')
  const fresh = `${dataDir}.new`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true, mode: 0o700 })
  const pwFile = `${dataDir}.password`
  await writeFile(pwFile, password, { mode: 0o600 })
  if (ids.uid !== undefined && ids.gid !== undefined) {
    await Promise.all([fresh, pwFile].map((path) => chown(path, ids.uid ?? 0, ids.gid ?? 0)))
  }
  const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
  try {
    await run(
      join(binDir, 'initdb'),
      [
        `--pgdata=${fresh}`,
        `--username=${superuser}`,
        `--pwfile=${pwFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        `--locale=${locale}`,
        '--no-instructions',
        '--no-sync',
      ],
      { ...ids, cwd: '/' },
    )
    await rename(pwFile, join(fresh, 'ulti-password'))
    // Fails on a directory that holds anything: what is not ours is not replaced.
    await rename(fresh, dataDir)
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new SandboxError(`PostgreSQL's data directory ${dataDir} could not be made:\n${detail}`, { cause })
  }
  return password
}

/** Backends of a killed server hold its shared memory for a moment: that failure alone is tried again. */
async function launch(place: PostgresPlace, options: PostgresOptions): Promise<ChildProcess> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const attempt = await launchOnce(place, options)
    if (attempt.server) return attempt.server
    const isBusy = attempt.lastLines.some((line) => line.includes('shared memory block'))
    if (!isBusy || Date.now() > deadline) {
      throw new SandboxError(`PostgreSQL did not start:\n${attempt.lastLines.join('\n')}`)
    }
    await delay(100)
  }
}

async function launchOnce({ binDir, dataDir, ids }: PostgresPlace, options: PostgresOptions) {
  // A process group of its own: Ctrl-C in a terminal must reach us alone, so that the database is stopped last.
  const server = spawn(join(binDir, 'postgres'), ['-D', dataDir, ...flags(options)], {
    ...ids,
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lastLines: string[] = []
  const isUp = await new Promise<boolean>((resolve, reject) => {
    server.once('error', reject)
    server.once('exit', () => resolve(false))
    createInterface({ input: server.stderr }).on('line', (line) => {
      options.onLog?.(line)
      lastLines.push(line)
      if (lastLines.length > 20) lastLines.shift()
      if (line.includes('ready to accept connections')) resolve(true)
    })
  })
  return isUp ? { server, lastLines } : { lastLines }
}

function flags({ port, isDurable, settings }: PostgresOptions): string[] {
  const speed = isDurable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port,
    // We wait for an English line.
    lc_messages: 'C',
    ...speed,
    ...settings,
  }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function createDatabase(adminUrl: string, name: string) {
  const client = new pg.Client(adminUrl)
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (!rowCount) await client.query(`create database ${client.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}
