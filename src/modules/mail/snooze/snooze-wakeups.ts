import type { Queryable } from '#platform/database/database.ts'
import { enqueue, jobName } from '#platform/jobs/jobs.ts'

export const snoozeDueJob = jobName<{ ownerId: string }>('mail.snooze_due')

/** Wakes whoever brings messages back, at each of these times. */
export async function enqueueSnoozes(db: Queryable, ownerId: string, times: readonly Date[]): Promise<void> {
  for (const time of new Set(times.map((one) => one.getTime()))) {
    const key = `${snoozeDueJob.name}:${ownerId}:${time}`
    await enqueue(db, snoozeDueJob, { ownerId }, { key, runAt: new Date(time) })
  }
}
