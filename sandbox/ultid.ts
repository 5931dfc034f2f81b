import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { SandboxError } from './sandbox-error.ts'
import { projectDir } from './state.ts'
import { ultidCommand, ultidEnvironment } from './ultid-command.ts'

const linesHeld = 20

export type UltidOptions = {
  url: string
  /** Ends the wait for readiness. */
  signal: AbortSignal
  environment: NodeJS.ProcessEnv
  onStart: (pid: number) => Promise<void>
  /** What ultid logs, from when it is ready; what it said before is held back to explain a failure. */
  onLine: (line: string) => void
  /** ultid ended without having been asked to, once it had been ready. */
  onEnd: (reason: string) => void
}

export type Ultid = {
  /** Lets it finish what it does (SIGTERM), then starts it again and resolves when it is ready. */
  restart(): Promise<void>
  close(): Promise<void>
}

/**
 * Runs `ultid serve` as a process of its own and resolves when `/readyz` answers 200.
 * @throws SandboxError with ultid's last lines when it ends or isn't ready within 90 s.
 */
export async function startUltid(options: UltidOptions): Promise<Ultid> {
  let run = await launch(options)
  const settle = async (of: Run) => {
    await ready(options, of)
    for (const line of of.held.splice(0)) options.onLine(line)
    of.isReady = true
    void of.exit.then((reason) => of.isStopping || options.onEnd(reason))
  }
  await settle(run)
  return {
    async restart() {
      await stop(run)
      run = await launch(options)
      // A fault in the source ends ultid; the next change starts it again, so the sandbox goes on.
      await settle(run)
    },
    close: () => stop(run),
  }
}

type Run = { child: ChildProcess; held: string[]; isReady: boolean; isStopping: boolean; exit: Promise<string> }

async function launch({ environment, onLine, onStart }: UltidOptions): Promise<Run> {
  // A process group of its own: Ctrl-C in a terminal must reach us alone, so that ultid is stopped first and once.
  const child = spawn(process.execPath, ultidCommand, {
    cwd: projectDir,
    env: { ...ultidEnvironment, ...environment },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const held: string[] = []
  const run = { child, held, isReady: false, isStopping: false }
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      if (run.isReady) return onLine(line)
      held.push(line)
      if (held.length > linesHeld) held.shift()
    })
  }
  const exit = once(child, 'close').then(
    ([code, signal]) => `ultid ended (${signal ?? `exit code ${code}`}).${held.map((line) => `\n  ${line}`).join('')}`,
  )
  // Our own crash must not leave it behind; kill -9 does, and the next start then ends it.
  const killNow = () => child.kill('SIGKILL')
  process.once('exit', killNow)
  child.once('exit', () => process.off('exit', killNow))
  if (child.pid) await onStart(child.pid)
  return Object.assign(run, { exit })
}

async function ready({ url, signal }: UltidOptions, { exit }: Run) {
  const deadline = Date.now() + 90_000
  let reason: string | undefined
  void exit.then((text) => {
    reason = text
  })
  for (let answer = ''; ; answer = await probe(`${url}/readyz`)) {
    if (answer === '200') return
    signal.throwIfAborted()
    if (reason) throw new SandboxError(reason)
    if (Date.now() > deadline) throw new SandboxError(`ultid is not ready after 90 s; ${url}/readyz says: ${answer}`)
    await delay(25)
  }
}

async function probe(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) })
    return response.ok ? '200' : `${response.status} ${await response.text()}`
  } catch (error) {
    return String(error)
  }
}

async function stop(run: Run) {
  run.isStopping = true
  const { child, exit } = run
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
  const isStuck = delay(25_000, true, { ref: false })
  if (await Promise.race([exit.then(() => false), isStuck])) child.kill('SIGKILL')
  await exit
}
