import type { Config, Secrets } from '#config/config.ts'
import { mailboxReaders } from '#modules/mail/index.ts'
import { hintChannel } from '#modules/realtime/index.ts'
import type { Cache } from '#platform/cache/cache.ts'
import { createMemoryCache } from '#platform/cache/memory-cache.ts'
import { createDatabase } from '#platform/database/database.ts'
import { registerPoolMetrics } from '#platform/database/pool-metrics.ts'
import { createEvents } from '#platform/events/events.ts'
import type { Logger } from '#platform/observability/log.ts'
import { createMetrics } from '#platform/observability/metrics.ts'
import { noTracing, type Tracing } from '#platform/observability/tracing.ts'
import { createUpstreams } from '#platform/observability/upstreams.ts'
import { followEvents } from '#platform/webhooks/wake-ups.ts'

export type AppOptions = { config: Config; secrets: Secrets; log: Logger; version: string; tracing?: Tracing }

/** The means that all modules share. Nothing is connected before it is used. */
export async function createPlatform({ config, secrets, log, version, tracing = noTracing }: AppOptions) {
  const metrics = createMetrics({ version })
  const upstreams = createUpstreams({ ...metrics, tracing })
  const cache = await createCache(secrets.cacheUrl, log)
  const { pool, database, transact, close } = createDatabase({
    url: secrets.databaseUrl,
    poolSize: config.database.poolSize,
    tracing,
    onError: (error) => log.warn({ err: error }, 'a database connection was lost, or a commit hook failed'),
  })
  registerPoolMetrics(metrics, pool)
  const hint = (ownerId: string) => cache.publish(hintChannel, ownerId)
  const events = createEvents(database, hint, followEvents, mailboxReaders)
  return { metrics, tracing, upstreams, cache, pool, database, transact, events, closeDatabase: close }
}

/** A node that is alone needs no other process: the client for one is loaded where it is used. */
async function createCache(url: string | undefined, log: Logger): Promise<Cache> {
  if (!url) return createMemoryCache()
  const { createRedisCache } = await import('#platform/cache/redis-cache.ts')
  return createRedisCache(url, log)
}
