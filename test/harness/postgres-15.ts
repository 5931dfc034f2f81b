import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { spawnOwned, untilReady } from './owned-process.ts'
import { createTempDir } from './temp-dir.ts'

const bin = '/usr/lib/postgresql/15/bin'

/** Debian's PostgreSQL 15, the one whose pg_dump and pg_restore are there as well, without passwords. */
export async function startPostgres15() {
  const files = await createTempDir('postgres15')
  const port = await freePort()
  const data = join(files.path, 'data')
  mkdirSync(data, { mode: 0o700 })
  // PostgreSQL refuses to run as root.
  const identity = process.getuid?.() === 0 ? postgresUser() : undefined
  if (identity) chownSync(data, identity.uid, identity.gid)
  const run = (program: string, args: string[]) =>
    execFileSync(join(bin, program), args, { ...identity, cwd: '/', stdio: 'pipe' })
  run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'])
  const server = await spawnOwned(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-F'],
    { ...identity, cwd: '/' },
  )
  await untilReady(
    server,
    async () => void run('pg_isready', ['-q', '-h', '127.0.0.1', '-p', String(port), '-U', 'postgres']),
  )
  return {
    bin,
    port,
    url: (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`,
    async close() {
      await server.kill('SIGINT')
      await files.remove()
    },
  }
}

function postgresUser(): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
