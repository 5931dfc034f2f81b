import { execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { eventually } from './eventually.ts'

export type Exit = { code: number | null; signal: NodeJS.Signals | null }

export type OwnedProcess = {
  pid: number
  /** Lines of standard output and standard error in the order of arrival; the newest 5,000. */
  logs: string[]
  /** Settles when the process has ended and all its output is read; never rejects. */
  exited: Promise<Exit>
  hasExited(): boolean
  /**
   * Sends a signal (SIGTERM by default) and waits for the end of the process and of all that it started. SIGKILL
   * strikes all of them at once, like a power cut; otherwise it is the last resort after 30 s.
   */
  kill(signal?: NodeJS.Signals): Promise<Exit>
}

const KEPT_LINES = 5_000
const GRACE_MS = 30_000
const ORPHANS_GRACE_MS = 300

/**
 * Starts a process that can't outlive the test run: it is killed when the test's own process ends, and noted in a
 * directory that `test/run.ts` sweeps in case that process was killed as well. It leads a process group of its own, so
 * that Ctrl-C in a terminal reaches the tests alone, and so that no process which it forked escapes.
 * `logs` may be given to go on with those of an earlier process.
 *
 * @throws when the command can't be started at all.
 */
export async function spawnOwned(
  command: string,
  args: string[],
  { logs = [], ...options }: SpawnOptions & { logs?: string[] } = {},
): Promise<OwnedProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options, detached: true })
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  const pid = child.pid
  if (pid === undefined) throw new Error(`${command} did not start.`)

  const forget = note(pid, command)
  const killAtExit = () => signalGroup(pid, 'SIGKILL')
  process.once('exit', killAtExit)
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => logs.push(line) > KEPT_LINES && logs.shift())
  }

  let exit: Exit | undefined
  child.once('exit', (code, signal) => {
    exit = { code, signal }
    // Dovecot's sessions outlive their master by ten seconds and more.
    signalGroup(pid, 'SIGTERM')
    setTimeout(signalGroup, ORPHANS_GRACE_MS, pid, 'SIGKILL')
  })
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      process.off('exit', killAtExit)
      forget()
      resolve({ code, signal })
    })
  })
  return {
    pid,
    logs,
    exited,
    hasExited: () => exit !== undefined,
    async kill(signal = 'SIGTERM') {
      if (signal === 'SIGKILL') signalGroup(pid, signal)
      else child.kill(signal)
      const lastResort = setTimeout(signalGroup, GRACE_MS, pid, 'SIGKILL')
      return exited.finally(() => clearTimeout(lastResort))
    },
  }
}

/**
 * Resolves when `check` passes, i.e. when the server takes requests.
 *
 * @throws with the newest lines of its log when it ends or is not ready in time; nothing is left running then.
 */
export async function untilReady(
  server: OwnedProcess,
  check: () => Promise<void>,
  options: { timeoutMs?: number; everyMs?: number } = {},
): Promise<void> {
  try {
    await eventually(async () => {
      if (!server.hasExited()) await check()
    }, options)
    if (!server.hasExited()) return
    throw new Error('It ended.')
  } catch (cause) {
    await server.kill('SIGKILL')
    throw new Error(`The server did not become ready. Its log:\n${server.logs.slice(-50).join('\n')}`, { cause })
  }
}

/** Kills what tests of this run started and left behind, and answers its command lines. */
export function killLeftovers(runDir: string): string[] {
  const directory = noteDirectory(runDir)
  return readdirSync(directory).flatMap((name) => {
    const command = commandOf(Number(name))
    // A process id may have been given to somebody else's process since.
    if (!command.includes(readFileSync(join(directory, name), 'utf8'))) return []
    signalGroup(Number(name), 'SIGKILL')
    return [command]
  })
}

function note(pid: number, command: string): () => void {
  const runDir = process.env.ULTI_TEST_RUN_DIR
  if (!runDir) return () => undefined
  const file = join(noteDirectory(runDir), String(pid))
  writeFileSync(file, basename(command))
  return () => rmSync(file, { force: true })
}

function noteDirectory(runDir: string): string {
  const directory = join(runDir, 'processes')
  mkdirSync(directory, { recursive: true })
  return directory
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal)
  } catch {
    // Nobody is left in it.
  }
}

/** Empty when there is no such process. Minimal containers have no `ps`, systems other than Linux no /proc. */
function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}
