import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readJson, replaceFile } from './files.ts'
import { commandLine, isAlive, stopProcess } from './processes.ts'
import { SandboxError } from './sandbox-error.ts'

export const projectDir = resolve(import.meta.dirname, '..')

/** `ULTI_SANDBOX_DIR`, or `.ulti/` in the project. */
export const stateDirOf = (environment: NodeJS.ProcessEnv) =>
  resolve(projectDir, environment.ULTI_SANDBOX_DIR || '.ulti')

/** Made at the first run. `credentialKeys` is what `MAIL_CREDENTIAL_KEYS` wants. */
type Identity = { version: 1; credentialKeys: string; credentialKeyId: string }
/** `command` tells our process from one that got its id later. */
type Child = { pid: number; command: string }
type Lock = { pid: number; command: string; url: string; children?: Child[] }

export type State = Identity & {
  dir: string
  /** Remembers a process that outlives us when we are killed; the next run ends it. */
  noteChild(pid: number): Promise<void>
  /** Lets another sandbox have the directory. */
  close(): Promise<void>
}

/**
 * Takes the state directory for this process and ends what a killed run left behind.
 * @throws SandboxError when another sandbox runs on it, or when it holds something else.
 */
export async function openState(dir: string, url: string): Promise<State> {
  // Others may enter, as PostgreSQL's user must when we are root; every file within is private.
  await mkdir(dir, { recursive: true, mode: 0o755 })
  await assertOurs(dir)
  const lock: Lock = { pid: process.pid, command: commandLine(process.pid), url }
  await takeLock(dir, lock)
  const children: Child[] = []
  let noting = Promise.resolve()
  return {
    ...(await ensureIdentity(dir)),
    dir,
    noteChild(pid) {
      children.push({ pid, command: programOf(pid) })
      // Several may start at once; the file has room for one writer.
      noting = noting.then(() => replaceFile(lockFile(dir), JSON.stringify({ ...lock, children })))
      return noting
    },
    close: () => rm(lockFile(dir), { force: true }),
  }
}

/** The sandbox that runs on the directory, if any. */
export async function findRunning(dir: string): Promise<Lock | undefined> {
  const lock = await readLock(dir)
  return lock && commandLine(lock.pid) === lock.command ? lock : undefined
}

/** Ends what a run that was killed has left running. Only to be called when no sandbox runs on the directory. */
export async function stopOrphans(dir: string) {
  const lock = await readLock(dir)
  for (const { pid, command } of lock?.children?.toReversed() ?? []) {
    if (command && isAlive(pid, [command])) await stopProcess(pid, 'SIGTERM')
  }
}

/** What stays of a command line while a program runs: redis-server writes its own over it. */
const programOf = (pid: number): string =>
  commandLine(pid).includes('src/main.ts serve') ? 'src/main.ts serve' : (commandLine(pid).split(' ')[0] ?? '')

/** @throws SandboxError when the directory holds anything but a sandbox's state. */
export async function assertOurs(dir: string) {
  const names = await readdir(dir)
  if (!names.length || names.includes(identityName)) return
  throw new SandboxError(
    `${dir} holds files, but not those of a sandbox. Point ULTI_SANDBOX_DIR at an empty or a new directory.`,
  )
}

const identityName = 'sandbox.json'
const lockFile = (dir: string) => join(dir, 'lock.json')

async function takeLock(dir: string, lock: Lock) {
  const running = await findRunning(dir)
  if (running) throw new SandboxError(runningMessage(dir, running))
  await stopOrphans(dir)
  await rm(lockFile(dir), { force: true })
  try {
    await writeFile(lockFile(dir), JSON.stringify(lock), { flag: 'wx', mode: 0o600 })
  } catch {
    throw new SandboxError(`Another sandbox is starting on ${dir}. Wait for it, or set ULTI_SANDBOX_DIR and PORT.`)
  }
}

const runningMessage = (dir: string, { pid, url }: Lock) =>
  `A sandbox (process ${pid}, ${url}) runs on ${dir}. Stop it with Ctrl-C,\n` +
  'or give this one a directory and ports of its own, for example:\n' +
  '  ULTI_SANDBOX_DIR=/tmp/ulti-second PORT=9080 npm start'

/** A lock cut short by a kill counts as none. */
const readLock = async (dir: string) => (await readJson(lockFile(dir)).catch(() => undefined)) as Lock | undefined

async function ensureIdentity(dir: string): Promise<Identity> {
  const file = join(dir, identityName)
  const known = (await readJson(file)) as Identity | undefined
  if (known) return known
  const credentialKeyId = 'sandbox-1'
  const credentialKeys = `${credentialKeyId}:${randomBytes(32).toString('base64')}`
  const identity: Identity = { version: 1, credentialKeys, credentialKeyId }
  await replaceFile(file, JSON.stringify(identity, null, 2))
  return identity
}
