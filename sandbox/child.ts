import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { SandboxError } from './sandbox-error.ts'

export type Server = { child: ChildProcess; close(): Promise<void> }

/**
 * Runs a server of the distribution until `close`, and resolves once `isUp`.
 * @throws SandboxError with what it said, when it ends or isn't up within 20 s.
 */
export async function startServer(
  [program, ...args]: readonly [string, ...string[]],
  { onStart, isUp }: { onStart: (pid: number) => Promise<void>; isUp: () => Promise<boolean> },
): Promise<Server> {
  // A process group of its own: Ctrl-C in a terminal must reach us alone.
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: withSbin() })
  let said = ''
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk) => (said = (said + chunk).slice(-2000)))
  const exit = once(child, 'close')
  const killNow = () => child.kill('SIGKILL')
  process.once('exit', killNow)
  if (child.pid) await onStart(child.pid)
  const deadline = Date.now() + 20_000
  while (!(await isUp())) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null
    if (hasEnded || Date.now() > deadline) throw new SandboxError(`${program} does not start.\n${said}`)
    await delay(25)
  }
  return {
    child,
    async close() {
      process.off('exit', killNow)
      child.kill('SIGTERM')
      const isStuck = delay(5000, true, { ref: false })
      if (await Promise.race([exit.then(() => false), isStuck])) child.kill('SIGKILL')
      await exit
    },
  }
}

/** @throws SandboxError that names what is missing and how Debian calls it. */
export function assertInstalled(programs: Readonly<Record<string, string>>): void {
  const missing = Object.keys(programs).filter((name) => spawnSync(name, ['-v'], { env: withSbin() }).error)
  if (missing.length === 0) return
  throw new SandboxError(
    `Several nodes need ${missing.join(' and ')}. Install ${missing.length > 1 ? 'them' : 'it'}, on Debian by\n` +
      `  apt-get install --no-install-recommends ${missing.map((name) => programs[name]).join(' ')}\n` +
      'or leave ULTI_NODES away to start one node.',
  )
}

/** Distributions keep daemons where an ordinary user's PATH does not look. */
const withSbin = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin` })
