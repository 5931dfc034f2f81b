import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { freePort } from './free-port.ts'
import { spawnOwned, untilReady } from './owned-process.ts'
import { createTempDir } from './temp-dir.ts'

const source = resolve(import.meta.dirname, '../../deploy/nginx')

/** Where the names of the network lead in a test: `host:port` of the deployment by the port on this machine. */
export type Upstreams = Readonly<Record<string, number>>

export type NginxOptions = { upstreams: Upstreams; modules?: readonly string[]; tls?: { cert: string; key: string } }

/**
 * Debian's nginx with the configuration of deploy/nginx: the same files, with ports, temporary files and the addresses
 * of upstreams replaced by those of this machine.
 */
export async function startNginx({ upstreams, modules = ['nextcloud', 'jitsi'], tls }: NginxOptions) {
  const files = await createTempDir('nginx')
  const [port, healthPort, tlsPort] = [await freePort(), await freePort(), await freePort()]
  const adapt = (text: string): string => {
    const local = text
      .replace('listen 80 default_server', `listen 127.0.0.1:${port} default_server`)
      .replace('listen 127.0.0.1:8081', `listen 127.0.0.1:${healthPort}`)
      .replace('listen 443 ssl', `listen 127.0.0.1:${tlsPort} ssl`)
      // Of nginx 1.25; Debian's is 1.22.
      .replace('http2 on;', '')
      .replaceAll('/etc/nginx/certificates', join(files.path, 'certificates'))
      .replaceAll(/(?<= )\/tmp\//g, `${files.path}/tmp/`)
      .replace('/dev/stdout', join(files.path, 'access.log'))
    return Object.entries(upstreams).reduce(
      (done, [name, to]) => done.replaceAll(new RegExp(`(?<=set \\$\\w+ )${name};`, 'g'), `127.0.0.1:${to};`),
      local,
    )
  }
  const place = (from: string, to: string) => {
    mkdirSync(join(files.path, to, '..'), { recursive: true })
    writeFileSync(join(files.path, to), adapt(readFileSync(join(source, from), 'utf8')))
  }
  mkdirSync(join(files.path, 'tmp'))
  cpSync('/etc/nginx/mime.types', join(files.path, 'mime.types'))
  place('nginx.conf', 'nginx.conf')
  for (const name of ['proxy.conf', 'locations.conf']) place(name, `ulti/${name}`)
  for (const name of modules) place(`modules/${name}.conf`, `ulti/modules/${name}.conf`)
  if (tls) {
    place('tls.conf', 'ulti/servers/tls.conf')
    place('redirect-to-tls.conf', 'ulti/plain/redirect-to-tls.conf')
    mkdirSync(join(files.path, 'certificates'))
    writeFileSync(join(files.path, 'certificates/fullchain.pem'), tls.cert)
    writeFileSync(join(files.path, 'certificates/privkey.pem'), tls.key)
  }
  const conf = join(files.path, 'nginx.conf')
  const nginx = await spawnOwned(program(), ['-p', files.path, '-c', conf, '-g', 'daemon off;'])
  await untilReady(nginx, () => answers(healthPort))
  return {
    url: `http://127.0.0.1:${port}`,
    tlsUrl: `https://127.0.0.1:${tlsPort}`,
    healthUrl: `http://127.0.0.1:${healthPort}/health`,
    temporary: join(files.path, 'tmp'),
    accessLog: () => readFileSync(join(files.path, 'access.log'), 'utf8'),
    async close() {
      await nginx.kill()
      await files.remove()
    },
  }
}

/** Distributions keep it where an ordinary user's PATH does not look. */
const program = (): string => ['/usr/sbin/nginx', '/usr/local/sbin/nginx'].find(existsSync) ?? 'nginx'

function answers(port: number): Promise<void> {
  return new Promise((settle, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      settle()
    })
    socket.once('error', reject)
  })
}
