import type { Database } from '#platform/database/database.ts'
import { enqueue, type Sweep } from '#platform/jobs/jobs.ts'
import { refreshJob } from '../events/object-access.ts'
import { calendarStore } from './calendar-store.ts'

/** What changed elsewhere is told of within this time. */
const everySeconds = 300
const perSweep = 500

/** Looks by and by at the calendars of everybody who used theirs lately. */
export const createPolling = ({ database }: { database: Database }): Sweep => ({
  name: 'calendar.polling',
  everySeconds: 60,
  async run() {
    for (const ownerId of await calendarStore.due(database, { afterSeconds: everySeconds, limit: perSweep })) {
      await enqueue(database, refreshJob, { ownerId }, { key: `${refreshJob.name}:${ownerId}` })
    }
  },
})
