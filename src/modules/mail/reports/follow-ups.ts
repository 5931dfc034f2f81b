import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import { appendMailEvents } from '../events.ts'
import { sentReportStore } from './sent-report-store.ts'

const perSweep = 500

/** Reminds of messages that nobody has answered, each once. */
export const followUpSweep = (deps: { database: Database; transact: Transact; events: Events }): Sweep => ({
  name: 'mail.follow_ups',
  everySeconds: 30,
  async run() {
    for (const { owner_id: ownerId, id } of await sentReportStore.followUpsDue(deps.database, perSweep)) {
      await deps.transact(async (tx) => {
        const row = await sentReportStore.setFollowUpDue(tx, ownerId, id)
        if (!row) return
        const { mail_account_id, message_id_header } = row
        const data = { mail_account_id, outbox_id: id, message_id_header }
        await appendMailEvents(deps.events, tx, ownerId, [{ type: 'mail.follow_up_due', data }])
      })
    }
  },
})
