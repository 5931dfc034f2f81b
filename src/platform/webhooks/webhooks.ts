import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import { handleJob, type JobHandler, type Sweep } from '#platform/jobs/jobs.ts'
import { createGuardedFetch } from '#platform/network/guarded-fetch.ts'
import type { HostGuard } from '#platform/network/host-guard.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import type { Tracing } from '#platform/observability/tracing.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import type { WebhookCatalog } from './catalog.ts'
import { webhooksDocument, withOwnEvents } from './catalog-document.ts'
import { createDeliveries } from './deliveries.ts'
import { deliveryRoutes } from './delivery-routes.ts'
import { createDispatcher } from './dispatcher.ts'
import { endpointRoutes } from './endpoint-routes.ts'
import { createEndpoints } from './endpoints.ts'
import { fanOut } from './fan-out.ts'
import { fanOutStore } from './fan-out-store.ts'
import { registerWebhookGauges } from './gauges.ts'
import { createWebhookMetrics } from './metrics.ts'
import { createReplays, replay } from './replays.ts'
import { retentionStore } from './retention-store.ts'
import { createSecrets } from './secrets.ts'
import { createSender } from './sender.ts'
import { createSigningSecrets } from './signing-secrets.ts'
import { transmissionStore } from './transmission-store.ts'
import { createUrlGuard } from './url-guard.ts'
import { deliverJob, enqueueFanOut, fanOutJob } from './wake-ups.ts'

export type WebhookDeps = {
  database: Database
  transact: Transact
  events: Events
  keyRing: KeyRing
  guard: HostGuard
  /** Signs for endpoints that have no secret of their own. */
  sharedSecret: string | undefined
  /** One for each module that sends by webhooks. */
  catalogs: readonly WebhookCatalog[]
  metrics: Metrics
  tracing: Tracing
  log: Logger
  now?: () => number
  timeoutMs?: number
  claimSeconds?: number
  graceMs?: number
}

const keepDays = 30
const perSweep = 1000

/** Sends owners' events to programs that they name: signed, at least once, in order for each thing that they are about. */
export function createWebhooks(deps: WebhookDeps) {
  const { database, transact, log, now = Date.now } = deps
  const { timeoutMs = 15_000, claimSeconds = 45, graceMs = 3000 } = deps
  const catalogs = new Map(deps.catalogs.map((catalog) => [catalog.module, withOwnEvents(catalog)]))
  const guardUrl = createUrlGuard(deps.guard)
  const secrets = createSecrets(deps)
  // Each attempt resolves, checks and connects anew; an answer may take its time.
  const http = createGuardedFetch(deps.guard, { timeoutMs: timeoutMs + 5000, isConnectingAnew: true })
  const attempts = { http, guardUrl, timeoutMs, now }
  const metrics = createWebhookMetrics(deps.metrics)
  const sender = createSender({ ...deps, metrics, secrets, attempts, claimSeconds, perEndpoint: 4 })
  const dispatcher = createDispatcher({ sender, log, graceMs })
  const followDeps = { database, transact, catalogs }
  registerWebhookGauges(deps)

  async function follow(ownerId: string): Promise<void> {
    for (const id of await fanOutStore.behind(database, ownerId)) {
      const key = { ownerId, id }
      const hasNew = await fanOut(followDeps, key)
      const hasReplayed = await replay(followDeps, key)
      if (hasNew || hasReplayed) dispatcher.wake(key)
    }
  }

  const jobs: JobHandler[] = [
    handleJob(fanOutJob, ({ ownerId }) => follow(ownerId)),
    handleJob(deliverJob, async (key) => dispatcher.wake(key)),
  ]
  const sweeps: Sweep[] = [
    {
      name: 'webhooks.due',
      everySeconds: 10,
      async run() {
        for (const key of await transmissionStore.due(database, perSweep)) dispatcher.wake(key)
        for (const ownerId of await fanOutStore.ownersBehind(database, [...catalogs.keys()], perSweep))
          await enqueueFanOut(database, ownerId)
      },
    },
    {
      name: 'webhooks.retention',
      everySeconds: 3600,
      async run() {
        while ((await retentionStore.removeFinished(database, { days: keepDays, limit: 5000 })) === 5000);
        await retentionStore.removeReplays(database, keepDays)
      },
    },
  ]
  return {
    jobs,
    sweeps,
    /** `webhooks` and `deliveries` below the prefix of a module. */
    routesOf(module: string): FastifyPluginAsyncTypebox {
      const catalog = catalogs.get(module)
      if (!catalog) throw new Error(`${module} has no catalogue of webhooks`)
      const endpoints = createEndpoints({ database, transact, secrets, guardUrl, catalog })
      const signingSecrets = createSigningSecrets({ transact, secrets, module })
      const deliveries = createDeliveries({ database, transact, module })
      const replays = createReplays({ database, transact })
      return async (plugin) => {
        await plugin.register(endpointRoutes(module, { endpoints, signingSecrets }))
        await plugin.register(deliveryRoutes(module, { deliveries, replays }))
      }
    },
    /** The section `webhooks` of the API document. */
    document: webhooksDocument(deps.catalogs),
    async close(): Promise<void> {
      await dispatcher.stop()
      await http.close()
    },
  }
}
