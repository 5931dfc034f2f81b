import type { Authenticate } from '#platform/auth/authentication.ts'
import type { Endings } from '#platform/auth/endings.ts'
import type { Cache } from '#platform/cache/cache.ts'
import type { Database } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import { createAdmitted } from './admitted.ts'
import { createHub } from './hub.ts'
import { createRealtimeMetrics } from './metrics.ts'
import { socketRoutes, ticketRoutes } from './realtime-routes.ts'
import { createTicketStore } from './ticket-store.ts'
import { createTickets } from './tickets.ts'

export { hintChannel } from './hub.ts'

/** Realtime is a sink: it shows what modules wrote as events and knows nothing of them. */
export function createRealtimeModule(deps: {
  database: Database
  events: Events
  cache: Cache
  authenticate: Authenticate
  endings: Endings
  metrics: Metrics
  log: Logger
}) {
  const tickets = createTickets(createTicketStore(deps.database))
  const metrics = createRealtimeMetrics(deps.metrics)
  const hub = createHub({ ...deps, onFannedOut: (lagSeconds) => metrics.lag.observe(lagSeconds) })
  const admitted = createAdmitted(deps.endings)
  return {
    routes: ticketRoutes(tickets),
    socketRoutes: socketRoutes({ ...deps, metrics, hub, admitted, tickets }),
    async close() {
      await hub.close()
    },
  }
}
