import { join } from 'node:path'
import { startBalancer } from '../../sandbox/balancer.ts'
import { startPostgres } from '../../sandbox/postgres.ts'
import { createDatabase } from '../../src/platform/database/database.ts'
import { startDovecot } from '../harness/dovecot.ts'
import { type FaultProxy, type FaultProxyOptions, startFaultProxy } from '../harness/fault-proxy.ts'
import { freePort } from '../harness/free-port.ts'
import { startImmich } from '../harness/immich.ts'
import { startIssuer } from '../harness/issuer.ts'
import { startNextcloud } from '../harness/nextcloud.ts'
import { startPostfix } from '../harness/postfix.ts'
import { startRedis } from '../harness/redis.ts'
import { createTempDir } from '../harness/temp-dir.ts'
import { startWebhookReceiver } from '../harness/webhook-receiver.ts'
import { startFakeClock } from './fake-clock.ts'
import { mountObjects } from './objects-disk.ts'
import { createNode, type NodeOfSoak } from './soak-node.ts'

const nodeCount = 3
/** Whose clock can be set. */
const nodeWithClock = 2

export type World = Awaited<ReturnType<typeof startWorld>>
export type UpstreamName = 'imap' | 'smtp' | 'nextcloud' | 'immich' | 'redis' | 'postgres'

/**
 * A whole installation: three nodes behind nginx, on a PostgreSQL, redis, Dovecot and Postfix of their own and stand-ins
 * for Nextcloud, Immich and the issuer, each reached through a proxy that can fail. `names`: who lives in it.
 */
export async function startWorld(names: readonly string[]) {
  const closers: Array<() => Promise<unknown>> = []
  const keep = <T extends { close(): Promise<unknown> }>(part: T): T => {
    closers.push(() => part.close())
    return part
  }
  const files = await createTempDir('soak')
  closers.push(files.remove)
  const disk = keep(await mountObjects(files.path))
  const postgres = keep(await startDatabaseServer(files.path))
  const { database, close: closeDatabase } = createDatabase({
    url: postgres.url,
    poolSize: 3,
    onError: () => undefined,
  })
  closers.push(closeDatabase)
  const redis = keep(await startRedis())
  const issuer = keep(await startIssuer())
  const dovecot = keep(await startDovecot())
  const postfix = keep(await startPostfix(dovecot, names))
  const people = names.map((uid) => ({ uid, email: addressOf(uid), password: uid, displayName: uid }))
  const nextcloud = keep(await startNextcloud({ people: people.map((one) => ({ ...one, backend: 'user_oidc' })) }))
  const immich = keep(await startImmich(3))
  const webhooks = keep(await startWebhookReceiver())
  const clock = keep(await startFakeClock(files.path))

  const proxy = async (port: number, protocol: FaultProxyOptions['protocol'] = 'bytes') =>
    keep(await startFaultProxy({ target: { host: '127.0.0.1', port }, protocol }))
  const proxies: Record<UpstreamName, FaultProxy> = {
    imap: await proxy(dovecot.port, 'imap'),
    smtp: await proxy(postfix.port, 'smtp'),
    nextcloud: await proxy(portOf(nextcloud.url)),
    immich: await proxy(portOf(immich.url)),
    redis: await proxy(portOf(redis.url)),
    postgres: await proxy(portOf(postgres.url)),
  }
  const front = { api: await freePort(), issuer: Number(nextcloud.settings.NEXTCLOUD_ISSUER_PORT) }
  const throughProxy = (url: string, { port }: FaultProxy) => Object.assign(new URL(url), { port: String(port) }).href
  const shared = {
    ...nextcloud.settings,
    ...immich.settings,
    NEXTCLOUD_URL: throughProxy(nextcloud.url, proxies.nextcloud),
    IMMICH_URL: throughProxy(immich.url, proxies.immich),
    ULTID_CACHE_URL: throughProxy(redis.url, proxies.redis),
    ULTID_DB_URL: throughProxy(postgres.url, proxies.postgres),
    ULTID_OIDC_ISSUER: issuer.url,
    ULTID_OBJECTS_DIR: disk.path,
    ULTID_PUBLIC_URL: `http://127.0.0.1:${front.api}`,
    ULTID_TRUSTED_PROXIES: '127.0.0.1',
    ULTID_LOG_LEVEL: 'warn',
    ULTID_LEASE_SECONDS: '5',
    ...{ ULTID_RATE_LIMIT_PERSON: '1000000', ULTID_RATE_LIMIT_ADDRESS: '1000000' },
    ...{ JITSI_ENABLED: 'true', JWT_APP_SECRET: 'a shared secret of the soak test' },
  }
  const nodes: NodeOfSoak[] = []
  for (let at = 0; at < nodeCount; at++) {
    const ports = { api: await freePort(), issuer: await freePort() }
    const environment = {
      ...{ ...shared, NEXTCLOUD_ISSUER_PORT: String(ports.issuer) },
      ...(at === nodeWithClock && clock.environment),
    }
    // The first one makes the tables.
    nodes.push(keep(await createNode(`node ${at}`, environment, ports)))
  }
  const places = nodes.map(({ ports }) => ports)
  const balancerOptions = { dir: join(files.path, 'nginx'), front, nodes: places, onStart: async () => undefined }
  keep(await startBalancer(balancerOptions))

  return {
    ...{ names, database, postgres, redis, issuer, dovecot, postfix, nextcloud, immich, webhooks, clock, disk },
    ...{ proxies, nodes, nodeWithClock: nodes[nodeWithClock] as NodeOfSoak },
    url: `http://127.0.0.1:${front.api}`,
    async close(): Promise<void> {
      for (const close of closers.reverse()) await close().catch((error) => console.error(error))
    },
  }
}

/** The address of somebody, in every system. */
export const addressOf = (name: string): string => `${name}@example.test`

const portOf = (url: string) => Number(new URL(url).port)

async function startDatabaseServer(dir: string) {
  const options = {
    ...{ dataDir: join(dir, 'postgres'), port: await freePort(), isDurable: false },
    settings: { max_connections: '100', jit: 'off' },
  }
  let server = await startPostgres(options)
  await server.createDatabase('ulti')
  return {
    url: server.url('ulti'),
    async restart(): Promise<void> {
      await server.close()
      server = await startPostgres(options)
    },
    close: () => server.close(),
  }
}
