import { sql } from 'kysely'
import { Counter, Histogram } from 'prom-client'
import type { Database, Queryable } from '#platform/database/database.ts'
import { quickLook } from '#platform/database/quick-look.ts'
import type { Logger } from '#platform/observability/log.ts'
import { registerLookedUp } from '#platform/observability/looked-up-gauges.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import type { Tracing } from '#platform/observability/tracing.ts'
import type { JobWatch } from './jobs.ts'

type JobWatchDeps = { metrics: Metrics; tracing: Tracing; database: Database; log: Logger }

/** Counts and traces the jobs that this node runs, and shows what waits in the queue of all nodes. */
export function createJobWatch({ metrics, tracing, database, log }: JobWatchDeps): JobWatch {
  registerQueueGauges({ ...metrics, database, log })
  const registers = [metrics.registry]
  const failures = new Counter({
    name: 'ultid_job_failures_total',
    help: 'Background jobs that threw, by job.',
    labelNames: ['job'],
    registers,
  })
  const duration = new Histogram({
    name: 'ultid_job_duration_seconds',
    help: 'Time that background jobs took, by job.',
    labelNames: ['job'],
    buckets: [0.01, 0.05, 0.25, 1, 5, 30, 120],
    registers,
  })
  return (job, run) =>
    tracing.trace(`job ${job}`, { kind: 'consumer' }, async () => {
      const stopTimer = duration.startTimer({ job })
      try {
        await run()
      } catch (error) {
        failures.inc({ job })
        throw error
      } finally {
        stopTimer()
      }
    })
}

function registerQueueGauges({ registry, database, log }: Metrics & { database: Database; log: Logger }): void {
  registerLookedUp(
    { registry, log },
    {
      name: 'jobs',
      look: () => quickLook(database, readQueue),
      gauges: [
        {
          name: 'ultid_jobs',
          help: 'Background jobs in the queue, by job and state: due, scheduled, running, exhausted. The same on all nodes.',
          labelNames: ['job', 'state'],
          samplesOf: (rows) => rows.map(({ job, state, count }) => ({ labels: { job, state }, value: count })),
        },
        {
          name: 'ultid_jobs_oldest_due_seconds',
          help: 'How long the oldest job that is due has waited for a worker; 0 when none is due. The same on all nodes.',
          samplesOf: (rows) => [{ value: Math.max(0, ...rows.map(({ oldestDue }) => oldestDue ?? 0)) }],
        },
      ],
    },
  )
}

type QueueRow = { job: string; state: string; count: number; oldestDue: number | null }

async function readQueue(db: Queryable): Promise<QueueRow[]> {
  const { rows } = await sql<QueueRow>`
    select task_identifier as job, state, count(*) as count,
      (max(extract(epoch from now() - run_at)) filter (where state = 'due'))::float8 as "oldestDue"
    from (
      select task_identifier, run_at, case
          when locked_at is not null then 'running'
          when attempts >= max_attempts then 'exhausted'
          when run_at > now() then 'scheduled'
          else 'due'
        end as state
      from graphile_worker.jobs
    ) as job
    group by task_identifier, state`.execute(db)
  return rows
}
