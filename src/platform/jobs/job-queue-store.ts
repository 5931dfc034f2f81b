import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export type JobCounts = { job: string; due: number; scheduled: number; running: number; exhausted: number }

export type FailingJob = {
  id: string
  job: string
  attempts: number
  max_attempts: number
  run_at: Date
  is_locked: boolean
  last_error: string
}

/** graphile-worker's queue as operators see it. */
export const jobQueueStore = {
  async counts(db: Queryable): Promise<JobCounts[]> {
    const { rows } = await sql<JobCounts>`
      select task_identifier as job,
        count(*) filter (where locked_at is null and attempts < max_attempts and run_at <= now()) as due,
        count(*) filter (where locked_at is null and attempts < max_attempts and run_at > now()) as scheduled,
        count(*) filter (where locked_at is not null) as running,
        count(*) filter (where locked_at is null and attempts >= max_attempts) as exhausted
      from graphile_worker.jobs group by task_identifier order by task_identifier`.execute(db)
    return rows
  },

  /** Those that failed last, newest first. */
  async failing(db: Queryable, limit: number): Promise<FailingJob[]> {
    const { rows } = await sql<FailingJob>`
      select id::text, task_identifier as job, attempts, max_attempts, run_at, locked_at is not null as is_locked,
        last_error
      from graphile_worker.jobs where last_error is not null order by updated_at desc, id limit ${limit}`.execute(db)
    return rows
  },

  async find(db: Queryable, id: string): Promise<{ job: string; attempts: number; run_at: Date } | undefined> {
    const { rows } = await sql<{ job: string; attempts: number; run_at: Date }>`
      select task_identifier as job, attempts, run_at from graphile_worker.jobs where id = ${id}::bigint`.execute(db)
    return rows[0]
  },

  /** Due now, with all its attempts before it. False when it runs right now, or is gone. */
  async runNow(db: Queryable, id: string): Promise<boolean> {
    const { rows } = await sql`
      select id from graphile_worker.reschedule_jobs(array[${id}::bigint], run_at => now(), attempts => 0)
      where id is not null`.execute(db)
    return rows.length > 0
  },

  /**
   * Frees the jobs of workers that no running node has; a node just starting names its workers within seconds.
   * @returns how many jobs of how many workers.
   */
  async unlockDead(db: Queryable): Promise<{ jobs: number; workers: number }> {
    const { rows } = await sql<{ worker: string; jobs: number }>`
      select locked_by as worker, count(*) as jobs from graphile_worker.jobs
      where locked_by is not null and locked_at < now() - interval '10 seconds'
        and locked_by not in (select unnest(worker_ids) from node where seen_at > now() - interval '1 minute')
      group by locked_by`.execute(db)
    const workers = rows.map(({ worker }) => worker)
    if (workers.length > 0) await sql`select graphile_worker.force_unlock_workers(${workers}::text[])`.execute(db)
    return { jobs: rows.reduce((sum, { jobs }) => sum + jobs, 0), workers: workers.length }
  },
}
