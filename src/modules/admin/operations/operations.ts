import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { HealthCheck } from '#platform/observability/health.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'
import { createDeadLetters } from '#platform/webhooks/dead-letters.ts'
import { createDriveQuotaTroubles, type DriveQuotaOperations } from './drive-quota-troubles.ts'
import { createJobQueue } from './job-queue.ts'
import { createOverview } from './overview.ts'
import { createSecretState, type SecretsDeps } from './secrets.ts'
import { switchRoutes } from './switch-routes.ts'
import { createSwitches } from './switches.ts'
import { systemRoutes } from './system-routes.ts'
import { troubleRoutes } from './trouble-routes.ts'
import { createTroubles, type MailOperations } from './troubles.ts'

export type OperationsDeps = SecretsDeps & {
  version: string
  /** All that this node checks; read when it is asked for. */
  checks: readonly HealthCheck[]
  settings: LiveSettings
  mail: MailOperations
  driveQuotas: DriveQuotaOperations
}

/** What operators see and do, all joined. */
export function createOperations(deps: OperationsDeps) {
  const deadLetters = createDeadLetters(deps)
  const switches = createSwitches(deps)
  const secrets = createSecretState(deps)
  const overview = createOverview({ ...deps, deadLetters, switches })
  const routes: FastifyPluginAsyncTypebox = async (http) => {
    await http.register(systemRoutes({ overview, secrets, queue: createJobQueue(deps) }))
    await http.register(switchRoutes(switches))
    await http.register(troubleRoutes(createTroubles({ ...deps, deadLetters }), createDriveQuotaTroubles(deps)))
  }
  return { routes, jobs: [secrets.handler] }
}
