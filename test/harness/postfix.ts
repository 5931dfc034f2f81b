import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Dovecot } from './dovecot.ts'
import type { MailUser } from './dovecot-users.ts'
import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'
import { spawnOwned, untilReady } from './owned-process.ts'
import { mailboxMap, mainConfig, masterConfig, type PostfixPlace } from './postfix-config.ts'
import { createTempDir } from './temp-dir.ts'

const run = promisify(execFile)

/** A private Postfix that takes mail from the users of a Dovecot, and delivers it into the mailboxes of those named. */
export type Postfix = {
  host: string
  port: number
  /** What it has logged. */
  log(): Promise<string>
  /** The messages that it has delivered to a user, in no order. */
  delivered(user: MailUser): Promise<string[]>
  /** Resolves when nothing waits for delivery any more. */
  drained(): Promise<void>
  close(): Promise<void>
}

/** To be started by root alone. @throws with its log when it does not come up within 10 s. */
export async function startPostfix(dovecot: Dovecot, names: readonly string[]): Promise<Postfix> {
  const { path: directory, remove } = await createTempDir('postfix')
  const maildirOf = (user: MailUser) => dovecot.maildirOf(user)
  const mailboxes = join(maildirOf({ username: 'any@example.test', password: '' }), '..', '..')
  const place: PostfixPlace = { directory, port: await freePort(), authPort: dovecot.authPort, mailboxes, names }
  const config = join(directory, 'config')
  await prepare(place, config)
  const command = (name: string, ...args: string[]) => run(`/usr/sbin/${name}`, ['-c', config, ...args])
  await command('postfix', 'check')
  // As `postfix start-fg` does, but in our process group, so that nothing of it survives the tests.
  const server = await spawnOwned('/usr/lib/postfix/sbin/master', ['-c', config, '-d'])
  const log = () => readFile(join(directory, 'log'), 'utf8').catch(() => '')
  await untilReady(server, () => greeting(place.port)).catch(async (cause) => {
    throw new Error(`Postfix did not become ready. Its log:\n${await log()}`, { cause })
  })
  return {
    host: '127.0.0.1',
    port: place.port,
    log,
    delivered: async (user) => Promise.all((await filesOf(maildirOf(user))).map((file) => readFile(file, 'latin1'))),
    drained: () =>
      eventually(async () => {
        const { stdout } = await command('postqueue', '-j')
        if (stdout !== '') throw new Error(`Postfix still has: ${stdout}`)
      }),
    async close() {
      await server.kill()
      await remove()
    },
  }
}

async function prepare(place: PostfixPlace, config: string): Promise<void> {
  const { directory } = place
  // Its daemons are not root, and look in.
  await chmod(directory, 0o755)
  for (const path of [config, join(directory, 'queue'), join(directory, 'data')]) await mkdir(path)
  await run('chown', ['postfix', join(directory, 'data')])
  await writeFile(join(config, 'main.cf'), mainConfig(place))
  await writeFile(join(config, 'master.cf'), masterConfig(place))
  await writeFile(join(directory, 'mailboxes'), mailboxMap(place))
}

/** What Dovecot has seen already lies in `cur`. */
async function filesOf(maildir: string): Promise<string[]> {
  const lists = ['new', 'cur'].map(async (folder) => {
    const names = await readdir(join(maildir, folder)).catch(() => [])
    return names.map((name) => join(maildir, folder, name))
  })
  return (await Promise.all(lists)).flat()
}

function greeting(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', () => resolve(void socket.end('QUIT\r\n')))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`Postfix does not greet on port ${port}.`)))
  })
}
