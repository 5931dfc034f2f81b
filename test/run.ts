import { spawn, spawnSync } from 'node:child_process'
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startPostgres } from '../sandbox/postgres.ts'
import { freePort } from './harness/free-port.ts'
import { killLeftovers, spawnOwned } from './harness/owned-process.ts'

/**
 * What `npm test` runs: `node test/run.ts [file | folder | glob | option of node --test]…`, everything by default.
 * It prepares the servers that the suites share, hands node:test their addresses by the environment, ends in
 * node:test's own summary and exit code, and leaves neither a process nor a file behind.
 */
const ROOT = resolve(import.meta.dirname, '..')
const ALL_TESTS = ['src/**/*.test.ts', 'sandbox/**/*.test.ts', 'test/**/*.test.ts']
const TIMEOUT_MS = 120_000
// Tests wait more than they compute.
const CONCURRENCY = 3
// Most of the CPU time of a test file, and of each ultid that one starts, is compiling what did not change.
const COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'node-compile')

const runDir = createRunDir()
const interruption = new AbortController()

// Read by the harness, here and in the tests: where processes are noted.
process.env.ULTI_TEST_RUN_DIR = runDir
startJanitor()
process.on('exit', () => rmSync(runDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
process.on('SIGINT', () => interruption.abort(130))
process.on('SIGTERM', () => interruption.abort(143))

const exitCode = await run().catch((error) => {
  console.error(error)
  return 1
})
// An open handle must not keep a finished run from ending.
process.exit(interruption.signal.aborted ? interruption.signal.reason : exitCode)

async function run(): Promise<number> {
  const servers = prepareServers()
  if (!servers) return 1
  const postgres = await startPostgres({
    dataDir: join(runDir, 'postgres'),
    port: await freePort(),
    isDurable: false,
    settings: { max_connections: '200', wal_level: 'minimal', max_wal_senders: '0', jit: 'off' },
  })
  try {
    return await runTests({ ...servers, ULTI_TEST_PG_URL: postgres.url('postgres') })
  } finally {
    const leftovers = killLeftovers(runDir)
    if (!interruption.signal.aborted) {
      for (const command of leftovers) console.error(`A test left this running: ${command}`)
    }
    await Promise.race([postgres.close(), delay(10_000)])
  }
}

/** Root's PostgreSQL and Dovecot run as other users: the directory must lie where those may go, whatever TMPDIR says. */
function createRunDir(): string {
  const isRoot = process.getuid?.() === 0
  const places = [process.env.TMPDIR, ...roomyMemory(), tmpdir(), '/tmp', '/var/tmp']
  const parent = places.find((path) => path && isShort(path) && (!isRoot || isOpenToAll(path)))
  if (!parent) throw new Error('Neither TMPDIR nor /tmp nor /var/tmp can be entered by every user.')
  const path = mkdtempSync(join(parent, 'ulti-test-'))
  chmodSync(path, 0o711)
  mkdirSync(join(path, 'tmp'))
  chmodSync(join(path, 'tmp'), 0o1777)
  return path
}

/** Cloning a database takes 30 ms in memory and half a second on a busy disk. Containers may have only 64 MB there. */
function roomyMemory(): string[] {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    return bavail * bsize > 4e9 ? ['/dev/shm'] : []
  } catch {
    return []
  }
}

/** Unix sockets, of which Dovecot makes many, have paths of 104 bytes at most; macOS's TMPDIR is half of that. */
function isShort(path: string): boolean {
  return path.length <= 24
}

function isOpenToAll(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    for (let at = resolve(path); ; at = dirname(at)) {
      if ((statSync(at).mode & 0o001) === 0) return false
      if (at === dirname(at)) return true
    }
  } catch {
    return false
  }
}

/** Our own end cleans up as well; this is for the end that we do not see coming. */
function startJanitor(): void {
  const script = join(import.meta.dirname, 'janitor.sh')
  spawn('/bin/sh', [script, runDir], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] }).unref()
}

/** Undefined when a server is missing and that is a failure; the script has said so. */
function prepareServers(): Record<string, string> | undefined {
  const { status, stdout } = spawnSync(join(ROOT, 'scripts', 'test-servers.sh'), {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  const [, list] = /^test-servers:((?: \w+=[01])+)$/m.exec(stdout ?? '') ?? []
  if (status !== 0 || !list) return undefined
  const found = list.trim().split(' ')
  return Object.fromEntries(found.map((one) => one.split('=')).map(([name, is]) => [variableOf(name ?? ''), is ?? '0']))
}

/** Read by test/harness/servers.ts. */
function variableOf(name: string): string {
  return `ULTI_TEST_${name.toUpperCase()}`
}

async function runTests(environment: Record<string, string>): Promise<number> {
  if (interruption.signal.aborted) return 1
  const { options, files } = readArguments(process.argv.slice(2))
  const limits = [`--test-concurrency=${CONCURRENCY}`, `--test-timeout=${TIMEOUT_MS}`]
  // What a timed-out test was waiting for would keep its file, and so the run, from ever ending.
  const args = ['--test', '--test-force-exit', ...limits, ...options, ...files]
  const env = { ...process.env, ...environment, TMPDIR: join(runDir, 'tmp'), NODE_COMPILE_CACHE: COMPILE_CACHE }
  const tests = await spawnOwned(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' })
  interruption.signal.addEventListener('abort', () => void tests.kill('SIGTERM'))
  return (await tests.exited).code ?? 1
}

/** Options must be written `--name=value`, as node itself documents them; a folder stands for all tests below it. */
function readArguments(given: string[]): { options: string[]; files: string[] } {
  const options = given.filter((argument) => argument.startsWith('-'))
  const files = given
    .filter((argument) => !argument.startsWith('-'))
    .map((path) => (isFolder(path) ? join(path, '**', '*.test.ts') : path))
  return { options, files: files.length > 0 ? files : ALL_TESTS }
}

function isFolder(path: string): boolean {
  return statSync(resolve(ROOT, path), { throwIfNoEntry: false })?.isDirectory() ?? false
}
