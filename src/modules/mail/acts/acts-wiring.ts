import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { JobHandler, Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import { createBulkActs } from '../bulk/bulk-acts.ts'
import { bulkRoutes } from '../bulk/bulk-routes.ts'
import { changeRoutes } from '../changes/change-routes.ts'
import { createMessageChanges } from '../changes/message-changes.ts'
import { labelRoutes } from '../labels/label-routes.ts'
import { createLabels } from '../labels/labels.ts'
import { pinRoutes } from '../pins/pin-routes.ts'
import { createPins } from '../pins/pins.ts'
import type { MailPolicies } from '../policies.ts'
import type { FolderStore } from '../reading/folder-store.ts'
import type { MessageStore } from '../reading/message-store.ts'
import { retentionSweep } from '../retention/retention.ts'
import { createBlockedSenders } from '../screening/blocked-senders.ts'
import { createMutedThreads } from '../screening/muted-threads.ts'
import { screeningRoutes } from '../screening/screening-routes.ts'
import { snoozeJobs } from '../snooze/snooze-jobs.ts'
import { snoozeRoutes } from '../snooze/snooze-routes.ts'
import type { Wake } from '../wake.ts'
import { actPreferenceRoutes } from './act-preference-routes.ts'
import { actRoutes } from './act-routes.ts'
import { actSweep } from './act-sweep.ts'
import { createActing } from './acting.ts'
import { createMailActs } from './mail-acts.ts'
import { createUndoing } from './undoing.ts'

export type ActsDeps = {
  database: Database
  transact: Transact
  events: Events
  wake: Wake
  messages: MessageStore
  folders: FolderStore
  log: Logger
  policies: MailPolicies
}

/** All that owners do to their mail: its routes, what works behind them, and what other modules may do. */
export function createActs(deps: ActsDeps) {
  const bulkActs = createBulkActs(deps)
  const changes = createMessageChanges(deps)
  const snoozes = snoozeJobs(deps)
  const handlers: JobHandler[] = [...bulkActs.handlers, ...snoozes.handlers]
  const labels = createLabels({ ...deps, bulkActs })
  const acts = createMailActs(deps.wake)
  const kept = retentionSweep({ ...deps, acts })
  const sweeps: Sweep[] = [...bulkActs.sweeps, ...snoozes.sweeps, actSweep(deps.database), kept]
  return {
    routes: [
      changeRoutes(changes),
      snoozeRoutes(changes),
      pinRoutes(createPins(deps)),
      actRoutes(createActing(deps), createUndoing({ ...deps, bulkActs })),
      actPreferenceRoutes(deps),
      bulkRoutes(bulkActs),
      screeningRoutes(createBlockedSenders(deps), createMutedThreads(deps)),
      labelRoutes(labels),
    ],
    handlers,
    sweeps,
    acts,
    ensureLabel: labels.ensure,
  }
}
