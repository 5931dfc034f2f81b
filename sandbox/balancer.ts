import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startServer } from './child.ts'
import { canConnect } from './ports.ts'

/** Ports of one node: of its API, and of its issuer for Nextcloud. */
export type NodePorts = { api: number; issuer: number }
type Options = {
  dir: string
  /** Where clients and Nextcloud look. */
  front: NodePorts
  nodes: readonly NodePorts[]
  onStart: (pid: number) => Promise<void>
}

/** Debian's nginx before the nodes, as deploy/nginx is in front of those of an installation. */
export async function startBalancer({ dir, front, nodes, onStart }: Options) {
  const file = join(dir, 'nginx.conf')
  await mkdir(dir, { recursive: true })
  let generation = 0
  const write = (serving: readonly NodePorts[]) => writeFile(file, configuration({ dir, front, generation }, serving))
  await write(nodes)
  // Its first log, before it has read where the others go.
  const command = ['nginx', '-e', 'stderr', '-p', dir, '-c', file] as const
  const nginx = await startServer(command, { onStart, isUp: () => canConnect(front.api) })

  async function serve(serving: readonly NodePorts[]): Promise<void> {
    generation += 1
    await write(serving)
    nginx.child.kill('SIGHUP')
    await untilServed()
  }
  /** From then on its old worker takes no new request; what it has begun it ends. */
  async function untilServed(): Promise<void> {
    const patience = AbortSignal.timeout(30_000)
    for (let inRow = 0; inRow < 3; ) {
      const answer = await fetch(`http://127.0.0.1:${front.api}${generationPath}`, { signal: patience })
      inRow = (await answer.text()) === String(generation) ? inRow + 1 : 0
      if (inRow === 0) await delay(10)
    }
  }
  return {
    /** Runs `work` while no request goes to `node`. */
    async without(node: NodePorts, work: () => Promise<void>): Promise<void> {
      await serve(nodes.filter((one) => one !== node))
      await work()
      await serve(nodes)
    },
    close: nginx.close,
  }
}

/** Tells which configuration whoever takes a connection has. */
const generationPath = '/.balancer-generation'

type Place = Pick<Options, 'dir' | 'front'> & { generation: number }

function configuration({ dir, front, generation }: Place, nodes: readonly NodePorts[]): string {
  // A node that cannot be reached is passed over for this request only: each is asked again at the next.
  const upstream = (name: keyof NodePorts) =>
    `upstream ${name} {\n${nodes.map((node) => `  server 127.0.0.1:${node[name]} max_fails=0;`).join('\n')}\n}`
  const server = (name: keyof NodePorts) => `server {
  listen 127.0.0.1:${front[name]};
  location = ${generationPath} { return 200 ${generation}; }
  location / { proxy_pass http://${name}; }
}`
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`)
  return `daemon off;
worker_processes 1;
pid ${dir}/nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
access_log off;
${places.join('\n')}
map $http_upgrade $connection_upgrade { default upgrade; "" ""; }
proxy_http_version 1.1;
proxy_set_header Host $http_host;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;
# A connection that waits for its next request would be closed by a change of the nodes, maybe as that request comes.
keepalive_timeout 0;
client_max_body_size 0;
proxy_request_buffering off;
proxy_buffering off;
proxy_read_timeout 1h;
proxy_connect_timeout 5s;
${upstream('api')}
${upstream('issuer')}
${server('api')}
${server('issuer')}
}
`
}
