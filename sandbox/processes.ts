import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Whether the process runs and its command line has all `words`: process ids are reused, so the id alone says little. */
export function isAlive(pid: number, words: string[]): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false
  const command = commandLine(pid)
  return words.every((word) => command.includes(word))
}

/** Sends `signal`, after ten seconds SIGKILL, and resolves when the process is gone. */
export async function stopProcess(pid: number, signal: NodeJS.Signals) {
  const deadline = Date.now() + 10_000
  send(pid, signal)
  // Not kill(pid, 0), which succeeds for a zombie for as long as nobody reaps it (a container without an init).
  while (commandLine(pid)) {
    if (Date.now() > deadline) send(pid, 'SIGKILL')
    await delay(25)
  }
}

function send(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone already.
  }
}

/** Empty when there is no such process or only its zombie. */
export function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch {
    return ''
  }
}
