import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import { enqueue, handleJob, type JobHandler, type Sweep } from '#platform/jobs/jobs.ts'
import { performActs } from '../acts/acts.ts'
import { appendMailEvents } from '../events.ts'
import type { Wake } from '../wake.ts'
import { snoozeStore } from './snooze-store.ts'
import { snoozeDueJob } from './snooze-wakeups.ts'

const perTransaction = 500
const perSweep = 500

/** Brings snoozed messages back when their time has come; the sweep finds what no job came for, after a downtime say. */
export function snoozeJobs(deps: { database: Database; transact: Transact; events: Events; wake: Wake }): {
  handlers: JobHandler[]
  sweeps: Sweep[]
} {
  const { database, transact, events, wake } = deps

  /** True when there may be more of them. */
  const bringBack = (ownerId: string): Promise<boolean> =>
    transact(async (tx) => {
      const messageIds = await snoozeStore.due(tx, ownerId, perTransaction)
      if (messageIds.length === 0) return false
      const acting = { messageIds, actions: [{ kind: 'unsnooze' as const }] }
      const { outcomes, events: happened } = await performActs(tx, ownerId, wake, acting)
      const lost = messageIds.filter((id) => outcomes.get(id)?.status === 'failed')
      await snoozeStore.forget(tx, ownerId, lost)
      await appendMailEvents(events, tx, ownerId, happened)
      return messageIds.length === perTransaction
    })

  return {
    handlers: [
      handleJob(snoozeDueJob, async ({ ownerId }) => {
        for (let isMore = true; isMore; ) isMore = await bringBack(ownerId)
      }),
    ],
    sweeps: [
      {
        name: 'mail.snooze_due',
        everySeconds: 15,
        async run() {
          for (const ownerId of await snoozeStore.dueOwners(database, perSweep)) {
            await enqueue(database, snoozeDueJob, { ownerId }, { key: `${snoozeDueJob.name}:${ownerId}` })
          }
        },
      },
    ],
  }
}
