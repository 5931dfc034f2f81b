import type { Database } from '#platform/database/database.ts'
import { quickLook } from '#platform/database/quick-look.ts'
import type { Logger } from '#platform/observability/log.ts'
import { registerLookedUp } from '#platform/observability/looked-up-gauges.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import { webhookGaugesStore } from './gauges-store.ts'

const states = ['active', 'paused', 'disabled']

/** How webhooks stand over all owners, by a look into the database; the same on all nodes. */
export function registerWebhookGauges(deps: { metrics: Metrics; database: Database; log: Logger }): void {
  registerLookedUp(
    { ...deps.metrics, log: deps.log },
    {
      name: 'webhooks',
      look: () => quickLook(deps.database, webhookGaugesStore.look),
      gauges: [
        {
          name: 'ultid_webhook_endpoints',
          help: 'Webhooks, by state. The same on all nodes.',
          labelNames: ['state'],
          samplesOf: ({ endpoints }) =>
            states.map((state) => ({
              labels: { state },
              value: endpoints.find((row) => row.state === state)?.count ?? 0,
            })),
        },
        {
          name: 'ultid_webhook_oldest_due_seconds',
          help: 'How long the delivery that is due first has been due; 0 when none is. The same on all nodes.',
          samplesOf: ({ oldestDueSeconds }) => [{ value: oldestDueSeconds }],
        },
      ],
    },
  )
}
