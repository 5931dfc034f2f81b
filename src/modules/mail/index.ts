import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Config } from '#config/config.ts'
import type { Cache } from '#platform/cache/cache.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { JobHandler, Sweep } from '#platform/jobs/jobs.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'

export type MailDeps = {
  nodeId: string
  database: Database
  transact: Transact
  events: Events
  cache: Cache
  objects: Objects
  keyRing: KeyRing
  log: Logger
  metrics: Metrics
  config: Config['mail'] & Config['network']
}

/** Something that runs until it is stopped; `check` throws when it no longer works. */
export type Running = { check(): Promise<void>; stop(): Promise<void> }

/** Mail over any IMAP/SMTP account. */
export function createMailModule(_deps: MailDeps) {
  const routes: FastifyPluginAsyncTypebox = async () => undefined
  const jobs: JobHandler[] = []
  const sweeps: Sweep[] = []
  return {
    routes,
    jobs,
    sweeps,
    /** Keeps the accounts whose leases this node gets in step with their servers. */
    startSync: async (): Promise<Running> => ({ check: async () => undefined, stop: async () => undefined }),
    close: async () => undefined,
  }
}
