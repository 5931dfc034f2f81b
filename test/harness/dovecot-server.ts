import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type DovecotPlace, dovecotConfig, mailOwner, tokensConfig, usersConfig } from './dovecot-config.ts'
import { type OwnedProcess, spawnOwned, untilReady } from './owned-process.ts'

const run = promisify(execFile)

/** The server's process: made by the first `restart`. */
export function createServer(place: DovecotPlace, initialOverrides: Record<string, string>) {
  const configFile = join(place.directory, 'dovecot.conf')
  const logs: string[] = []
  let overrides = initialOverrides
  let running: OwnedProcess | undefined

  async function end(signal: NodeJS.Signals): Promise<void> {
    await running?.kill(signal)
    running = undefined
  }
  async function restart(): Promise<void> {
    await end('SIGTERM')
    await writeFile(configFile, dovecotConfig(place, overrides))
    const server = await spawnOwned('dovecot', ['-F', '-c', configFile], { env: environment(), logs })
    running = server
    await untilReady(server, () => greeting(place.port))
  }
  return {
    logs,
    kill: () => end('SIGKILL'),
    restart,
    doveadm: async (...args: string[]) =>
      (await run('doveadm', ['-c', configFile, ...args], { env: environment() })).stdout,
    async configure(more: Record<string, string>) {
      overrides = { ...overrides, ...more }
      await restart()
    },
  }
}

/** Distributions keep daemons where an ordinary user's PATH does not look. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` }
}

function greeting(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', () => resolve(void socket.destroy()))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`Dovecot does not greet on port ${port}.`)))
  })
}

/** Everything but the configuration; answers the path of the certificate. */
export async function prepareFiles({ directory, introspectionUrl }: DovecotPlace): Promise<string> {
  const users = join(directory, 'users')
  await mkdir(users)
  await chmod(users, 0o755)
  const mail = join(directory, 'mail')
  await mkdir(mail)
  if (mailOwner) await chown(mail, mailOwner.uid, mailOwner.gid)
  await writeFile(join(directory, 'users.conf'), usersConfig(users))
  if (introspectionUrl) await writeFile(join(directory, 'tokens.conf'), tokensConfig(introspectionUrl))
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem']
  await run('openssl', ['req', '-x509', '-days', '2', ...subject, ...key, '-out', 'certificate.pem'], {
    cwd: directory,
  })
  return join(directory, 'certificate.pem')
}

/** Every IDLE session holds an inotify instance; 128 of them, the usual limit, are shared by all users `nobody` runs. */
export async function raiseInotifyLimit(): Promise<void> {
  const file = '/proc/sys/fs/inotify/max_user_instances'
  const limit = Number(await readFile(file, 'utf8').catch(() => Number.NaN))
  if (limit < 4096) await writeFile(file, '4096').catch(() => undefined)
}
