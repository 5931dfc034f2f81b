import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { jobQueueStore } from '#platform/jobs/job-queue-store.ts'
import { type Caller, recordChange } from '../changes.ts'

export type JobQueue = ReturnType<typeof createJobQueue>

/** Background jobs as their operators see them; what they carry is not shown. */
export function createJobQueue({ database, transact }: { database: Database; transact: Transact }) {
  return {
    async list() {
      const [jobs, failing] = await Promise.all([jobQueueStore.counts(database), jobQueueStore.failing(database, 100)])
      return { jobs, failing: failing.map((one) => ({ ...one, run_at: one.run_at.toISOString() })) }
    },

    /** @throws AppError `not_found`, `admin.job_running`. */
    runNow: (caller: Caller, id: string): Promise<void> =>
      transact(async (tx) => {
        const found = await jobQueueStore.find(tx, id)
        if (!found) throw notFound('job')
        if (!(await jobQueueStore.runNow(tx, id))) throw isRunning()
        const { job, attempts, run_at } = found
        const before = { job, attempts, run_at: run_at.toISOString() }
        const after = { job, attempts: 0, run_at: new Date().toISOString() }
        await recordChange(tx, caller, { action: 'admin.job_retried', target: id, before, after })
      }),

    unlock: (caller: Caller): Promise<{ jobs: number; workers: number }> =>
      transact(async (tx) => {
        const freed = await jobQueueStore.unlockDead(tx)
        await recordChange(tx, caller, { action: 'admin.jobs_unlocked', before: freed, after: { jobs: 0, workers: 0 } })
        return freed
      }),
  }
}

const isRunning = () =>
  new AppError('conflict', 'admin.job_running', 'The job runs right now; if its node died, unlock jobs first.')
