import { sql } from 'kysely'
import type { Config, Secrets } from '#config/config.ts'
import { createAccountModule, sealedColumns as sealedAccountColumns } from '#modules/account/index.ts'
import { createMailModule, type Running, sealedColumns } from '#modules/mail/index.ts'
import { createRealtimeModule, hintChannel } from '#modules/realtime/index.ts'
import { createSearchModule } from '#modules/search/index.ts'
import { requirePermissions } from '#platform/auth/authentication.ts'
import { createMemoryCache } from '#platform/cache/memory-cache.ts'
import { createRedisCache } from '#platform/cache/redis-cache.ts'
import { createDatabase } from '#platform/database/database.ts'
import { migrate } from '#platform/database/migrate.ts'
import { registerPoolMetrics } from '#platform/database/pool-metrics.ts'
import { createEvents } from '#platform/events/events.ts'
import { eventRetention } from '#platform/events/retention.ts'
import { guardRequests, limitPersons } from '#platform/http/guarding.ts'
import { idempotencyRetention } from '#platform/http/idempotency-retention.ts'
import { serveApiReference } from '#platform/http/openapi.ts'
import { serveOperations } from '#platform/http/operations-routes.ts'
import { createRateCounter } from '#platform/http/rate-counter.ts'
import { createHttpServer } from '#platform/http/server.ts'
import { serveWebSockets } from '#platform/http/web-sockets.ts'
import { newId } from '#platform/ids.ts'
import { inOrder } from '#platform/in-order.ts'
import { createJobWatch } from '#platform/jobs/job-watch.ts'
import { startJobs } from '#platform/jobs/jobs.ts'
import { joinNodes } from '#platform/jobs/nodes.ts'
import { createDirectoryObjects } from '#platform/objects/directory-objects.ts'
import type { Objects } from '#platform/objects/objects.ts'
import { createOrphanCollection } from '#platform/objects/orphan-collection.ts'
import { createS3Objects } from '#platform/objects/s3-objects.ts'
import { watchObjects } from '#platform/objects/watched-objects.ts'
import type { HealthCheck } from '#platform/observability/health.ts'
import type { Logger } from '#platform/observability/log.ts'
import { createMetrics } from '#platform/observability/metrics.ts'
import { watchSecretAges } from '#platform/observability/secret-ages.ts'
import { noTracing, type Tracing } from '#platform/observability/tracing.ts'
import { createUpstreams, type Upstreams } from '#platform/observability/upstreams.ts'
import { createKeyRing } from '#platform/secrets/key-ring.ts'
import { requireKeysInUse, type SealedColumn } from '#platform/secrets/sealed-columns.ts'

export type AppOptions = { config: Config; secrets: Secrets; log: Logger; version: string; tracing?: Tracing }

/** Every column that holds what the key ring sealed. */
export const allSealedColumns: readonly SealedColumn[] = [...sealedColumns, ...sealedAccountColumns]

/** Builds ultid from its parts. Nothing listens, migrates or works before `start`. */
export async function createApp(options: AppOptions) {
  const { config, secrets, log } = options
  const nodeId = newId()
  const platform = createPlatform(options)
  const { database, cache, events, metrics, tracing, upstreams, pool } = platform
  const objects = createObjects(options, upstreams)
  const keyRing = createKeyRing(secrets.credentialKeys, secrets.activeCredentialKeyId)
  const mail = createMailModule({
    nodeId,
    ...platform,
    log,
    objects,
    keyRing,
    config: { ...config.mail, ...config.network, ...config.http },
    oauthSecrets: secrets.mailOAuth,
  })
  const account = createAccountModule({
    ...platform,
    log,
    keyRing,
    config: {
      ...config,
      ...config.http,
      oidc: { ...config.oidc, clientSecret: secrets.oidcClientSecret },
    },
  })
  const { authenticate, endings } = account
  const realtime = createRealtimeModule({ database, events, cache, authenticate, endings, metrics, log })
  const search = createSearchModule({ sources: [mail.searchSource], log })
  const checks: HealthCheck[] = [
    { name: 'database', check: async () => void (await sql`select 1`.execute(database)) },
    { name: 'cache', check: cache.check },
    { name: 'objects', check: objects.check },
  ]

  const http = createHttpServer({ log, metrics, tracing, trustedProxies: config.http.trustedProxies })
  const counter = createRateCounter(cache)
  const isTls = config.http.publicUrl.startsWith('https:')
  await guardRequests(http, { ...config.http, counter, isTls })
  await serveWebSockets(http)
  await serveApiReference(http, { publicUrl: config.http.publicUrl, version: options.version })
  requirePermissions(http, authenticate)
  limitPersons(http, { ...config.http, counter })
  serveOperations(http, { checks, metrics })
  if (config.roles.includes('api')) {
    await http.register(account.authRoutes, { prefix: '/api/v1/auth' })
    await http.register(account.routes, { prefix: '/api/v1/account' })
    await http.register(mail.routes, { prefix: '/api/v1/mail' })
    await http.register(search.routes, { prefix: '/api/v1' })
    await http.register(realtime.routes, { prefix: '/api/v1/realtime' })
    await http.register(realtime.socketRoutes)
  }

  const watchJob = createJobWatch({ metrics, tracing, database, log })
  const running: Running[] = []
  async function startWork(): Promise<void> {
    const node = await joinNodes({ id: nodeId, database, log, roles: config.roles })
    running.push({ check: async () => undefined, stop: node.leave })
    if (config.roles.includes('jobs')) {
      const probes = { prefix: 'probe/', isReferenced: async () => new Set<string>() }
      const orphans = createOrphanCollection({ objects, references: [...mail.objectReferences, probes], log })
      const jobs = await startJobs({
        pool,
        log,
        handlers: mail.jobs,
        sweeps: [...account.sweeps, ...mail.sweeps, eventRetention(database), idempotencyRetention(database), orphans],
        concurrency: 4,
        watch: watchJob,
      })
      await node.announceWorkers(jobs.workerIds)
      checks.push({ name: 'jobs', check: jobs.check })
      running.push(jobs)
    }
    if (config.roles.includes('sync')) {
      const sync = mail.startSync()
      checks.push({ name: 'mail_sync', check: sync.check })
      running.push(sync)
    }
  }

  let starting: Promise<string> | undefined
  let stopping: Promise<void> | undefined
  async function stopAll(): Promise<void> {
    // What starts while it stops would be left running.
    await starting?.catch(() => undefined)
    await inOrder([
      realtime.close,
      () => http.close(),
      ...running.toReversed().map((work) => work.stop),
      mail.close,
      counter.close,
      cache.close,
      platform.closeDatabase,
    ])
  }
  async function startAll(): Promise<string> {
    if (config.database.isMigratedAtStart) {
      const applied = await migrate(secrets.databaseUrl)
      if (applied.length > 0) log.info({ applied }, 'database migrated')
    }
    await requireKeysInUse(database, allSealedColumns, new Set(secrets.credentialKeys.keys()))
    const ages = watchSecretAges({ ...metrics, secrets: config.rotation.secrets, log })
    running.push({ check: async () => undefined, stop: async () => ages.stop() })
    // Makes a missing bucket; an object store that is away does not keep the rest from working.
    await objects.check().catch((error) => log.warn({ err: error }, 'the object store is not ready'))
    await startWork()
    return http.listen({ host: config.http.host, port: config.http.port })
  }
  return {
    http,
    platform,
    /** Migrates, works and listens; to be stopped also when it fails. @returns the address it listens on. */
    start: (): Promise<string> => (starting ??= startAll()),
    /** Drains requests, hands leases and jobs back, closes everything; the last thing that runs is the database. */
    stop: (): Promise<void> => (stopping ??= stopAll()),
  }
}

/** Where blobs lie, as it is configured. */
export function createObjects(
  { config: { objects }, secrets, log }: Pick<AppOptions, 'config' | 'secrets' | 'log'>,
  upstreams: Upstreams,
): Objects {
  if (objects.kind === 'directory') return createDirectoryObjects(objects.directory)
  const { accessKey: accessKeyId, secretKey: secretAccessKey } = secrets.s3 ?? { accessKey: '', secretKey: '' }
  return watchObjects(createS3Objects({ ...objects, accessKeyId, secretAccessKey, log }), upstreams)
}

function createPlatform({ config, secrets, log, version, tracing = noTracing }: AppOptions) {
  const metrics = createMetrics({ version })
  const upstreams = createUpstreams({ ...metrics, tracing })
  const cache = secrets.cacheUrl ? createRedisCache(secrets.cacheUrl, log) : createMemoryCache()
  const { pool, database, transact, close } = createDatabase({
    url: secrets.databaseUrl,
    poolSize: config.database.poolSize,
    tracing,
    onError: (error) => log.warn({ err: error }, 'a database connection was lost, or a commit hook failed'),
  })
  registerPoolMetrics(metrics, pool)
  const events = createEvents(database, (ownerId) => cache.publish(hintChannel, ownerId))
  return { metrics, tracing, upstreams, cache, pool, database, transact, events, closeDatabase: close }
}
