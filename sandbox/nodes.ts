import { join } from 'node:path'
import { type NodePorts, startBalancer } from './balancer.ts'
import { assertInstalled, startServer } from './child.ts'
import { canConnect, freePort } from './ports.ts'
import { SandboxError } from './sandbox-error.ts'
import { startUltid, type Ultid, type UltidOptions } from './ultid.ts'

const mostNodes = 9

export type NodesOptions = UltidOptions & {
  /** Of the sandbox. */
  dir: string
  front: NodePorts
  count: number
}

/**
 * `ULTI_NODES`, 1 by default.
 * @throws SandboxError when it is no count of nodes, or when the servers that several of them need are not installed.
 */
export function chooseNodes(value = '1'): number {
  const count = Number(value)
  if (!Number.isInteger(count) || count < 1 || count > mostNodes) {
    throw new SandboxError(`ULTI_NODES must be a whole number from 1 to ${mostNodes}, not "${value}".`)
  }
  if (count > 1) assertInstalled({ nginx: 'nginx', 'redis-server': 'redis-server' })
  return count
}

/** One ultid, or several behind an nginx, which share a redis. */
export async function startNodes(options: NodesOptions): Promise<Ultid> {
  if (options.count === 1) return startUltid(options)
  const running: { close(): Promise<void> }[] = []
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    running.push(part)
    return part
  }
  const close = async () => {
    for (const part of running.reverse()) await part.close()
  }
  try {
    return { close, restart: await startBalanced(options, keep) }
  } catch (error) {
    await close()
    throw error
  }
}

/** Returns what restarts all nodes in turn, during which no request fails. */
async function startBalanced(
  { dir, front, count, ...options }: NodesOptions,
  keep: <T extends { close(): Promise<void> }>(part: T) => T,
): Promise<() => Promise<void>> {
  const { onStart } = options
  const cachePort = await freePort()
  const cache = ['redis-server', '--port', String(cachePort), '--bind', '127.0.0.1', '--save', ''] as const
  keep(await startServer(cache, { onStart, isUp: () => canConnect(cachePort) }))
  const places: NodePorts[] = []
  for (let at = 0; at < count; at++) places.push({ api: await freePort(), issuer: await freePort() })
  const launch = async ({ api, issuer }: NodePorts) => {
    const own = { ULTID_PORT: String(api), NEXTCLOUD_ISSUER_PORT: String(issuer) }
    const shared = { ULTID_CACHE_URL: `redis://127.0.0.1:${cachePort}`, ULTID_TRUSTED_PROXIES: '127.0.0.1' }
    const environment = { ...options.environment, ...shared, ...own }
    return keep(await startUltid({ ...options, environment, url: `http://localhost:${api}` }))
  }
  // The first one brings the database up to date.
  const [first, ...others] = places
  const nodes = first ? [await launch(first)] : []
  nodes.push(...(await Promise.all(others.map(launch))))
  const balancer = keep(await startBalancer({ dir: join(dir, 'nginx'), front, nodes: places, onStart }))
  return async () => {
    for (const [at, place] of places.entries()) await balancer.without(place, async () => nodes[at]?.restart())
  }
}
