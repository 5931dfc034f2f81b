import { execFile, spawnSync } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { MailUser } from '../../test/harness/dovecot-users.ts'
import { createTempDir } from '../../test/harness/temp-dir.ts'

const run = promisify(execFile)

export type Mbsync = { host: string; port: number; user: MailUser; isDurable: boolean }

/** Installs Debian's isync when it is missing and we are root. @throws Error that says what to do otherwise. */
export function requireMbsync(): void {
  const isThere = () => spawnSync('mbsync', ['--version']).status === 0
  if (isThere()) return
  if (process.getuid?.() === 0) {
    spawnSync('apt-get', ['update', '-q'])
    spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'isync'])
  }
  if (!isThere()) throw new Error('This benchmark is against mbsync: install it (apt-get install isync).')
}

/** Seconds that mbsync takes to copy INBOX into an empty maildir. @throws Error when it copied less than `expected`. */
export async function timeMbsync({ host, port, user, isDurable }: Mbsync, expected: number): Promise<number> {
  const { path, remove } = await createTempDir('mbsync')
  try {
    await mkdir(join(path, 'mail'))
    const config = join(path, 'mbsyncrc')
    await writeFile(config, configuration(path, { host, port, user, isDurable }), { mode: 0o600 })
    const startedAt = performance.now()
    await run('mbsync', ['-q', '-c', config, 'bench'], { env: { ...process.env, HOME: path } })
    const seconds = (performance.now() - startedAt) / 1000
    const copied = await Promise.all(['cur', 'new'].map((part) => readdir(join(path, 'mail', 'INBOX', part))))
    const count = copied.flat().length
    if (count !== expected) throw new Error(`mbsync copied ${count} of ${expected} messages.`)
    return seconds
  } finally {
    await remove()
  }
}

const configuration = (path: string, { host, port, user, isDurable }: Mbsync) => `
${isDurable ? '' : 'FSync no'}

IMAPStore remote
Host ${host}
Port ${port}
User ${user.username}
Pass ${user.password}
SSLType None
AuthMechs LOGIN

MaildirStore local
Path ${path}/mail/
Inbox ${path}/mail/INBOX

Channel bench
Far :remote:
Near :local:
Patterns INBOX
Create Near
Sync Pull
SyncState *
`
