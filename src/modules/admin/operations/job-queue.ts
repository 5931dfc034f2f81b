import type { Database } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { jobQueueStore } from '#platform/jobs/job-queue-store.ts'
import { type Caller, recordChange } from '../changes.ts'

export type JobQueue = ReturnType<typeof createJobQueue>

/** Background jobs as their operators see them; what they carry is not shown. */
export function createJobQueue({ database }: { database: Database }) {
  return {
    async list() {
      const [jobs, failing] = await Promise.all([jobQueueStore.counts(database), jobQueueStore.failing(database, 100)])
      return { jobs, failing: failing.map((one) => ({ ...one, run_at: one.run_at.toISOString() })) }
    },

    /** @throws AppError `not_found`, `admin.job_running`. */
    async runNow(caller: Caller, id: string): Promise<void> {
      if (!(await jobQueueStore.runNow(database, id)))
        throw (await jobQueueStore.find(database, id)) ? isRunning() : notFound('job')
      await recordChange(database, caller, { action: 'admin.job_retried', target: id, before: null, after: null })
    },

    async unlock(caller: Caller): Promise<{ jobs: number; workers: number }> {
      const freed = await jobQueueStore.unlockDead(database)
      await recordChange(database, caller, { action: 'admin.jobs_unlocked', before: null, after: freed })
      return freed
    },
  }
}

const isRunning = () =>
  new AppError('conflict', 'admin.job_running', 'The job runs right now; if its node died, unlock jobs first.')
