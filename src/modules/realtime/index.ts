import type { Authenticate } from '#platform/auth/authentication.ts'
import { credentialStore } from '#platform/auth/credential-store.ts'
import type { Endings } from '#platform/auth/endings.ts'
import type { Cache } from '#platform/cache/cache.ts'
import type { Database } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import { createAdmission } from './admission/admission.ts'
import { ticketRoutes } from './admission/ticket-routes.ts'
import { createTicketStore } from './admission/ticket-store.ts'
import { createTickets } from './admission/tickets.ts'
import { createHub } from './channels/hub.ts'
import { createConnections } from './connections.ts'
import { createRealtimeMetrics } from './metrics.ts'
import { socketRoutes } from './transports/socket-routes.ts'
import { streamRoutes } from './transports/stream-routes.ts'
import { createWatch } from './watch.ts'

export { hintChannel } from './channels/hub.ts'

/** Realtime is a sink: it shows what modules wrote as events and knows nothing of them. */
export function createRealtimeModule(deps: {
  database: Database
  events: Events
  cache: Cache
  authenticate: Authenticate
  endings: Endings
  metrics: Metrics
  log: Logger
  config: { connectionsPerPerson: number }
}) {
  const tickets = createTickets(createTicketStore(deps.database))
  const metrics = createRealtimeMetrics(deps.metrics)
  const hub = createHub({ ...deps, onFannedOut: (lagSeconds) => metrics.lag.observe(lagSeconds) })
  const watch = createWatch({ ...deps, inForce: (held) => credentialStore.inForce(deps.database, held) })
  const perPerson = deps.config.connectionsPerPerson
  const connections = createConnections({ hub, watch, metrics, log: deps.log, perPerson })
  const admit = createAdmission({ ...deps, tickets })
  return {
    /** Below `/api/v1/realtime`. */
    routes: ticketRoutes(tickets),
    /** Below `/api/v1`. */
    streamRoutes: streamRoutes({ admit, connections }),
    socketRoutes: socketRoutes({ admit, connections }),
    async close() {
      connections.close()
      await hub.close()
    },
  }
}
