import type { Database } from '#platform/database/database.ts'
import { jobQueueStore } from '#platform/jobs/job-queue-store.ts'
import { type HealthCheck, runHealthChecks } from '#platform/observability/health.ts'
import type { DeadLetters } from '#platform/webhooks/dead-letters.ts'
import { type DriveQuotaOperations, driveQuotaRemedy } from './drive-quota-troubles.ts'
import { operationsStore as store } from './operations-store.ts'
import type { Switches } from './switches.ts'
import type { MailOperations } from './troubles.ts'

export type OverviewDeps = {
  database: Database
  version: string
  /** All that this node checks when it is asked whether it is ready. */
  checks: readonly HealthCheck[]
  mail: Pick<MailOperations, 'figures'>
  deadLetters: Pick<DeadLetters, 'counts'>
  switches: Pick<Switches, 'maintenance'>
  driveQuotas: Pick<DriveQuotaOperations, 'figures'>
}

/** How the installation is, at one look. */
export function createOverview({ database, checks, mail, deadLetters, ...deps }: OverviewDeps) {
  return {
    async look() {
      const [health, nodes, about, tables, jobs, figures, webhooks, driveQuotas] = await Promise.all([
        runHealthChecks(checks, () => undefined),
        store.nodes(database),
        store.database(database),
        store.tables(database, 10),
        jobQueueStore.counts(database),
        mail.figures(),
        deadLetters.counts(),
        deps.driveQuotas.figures(),
      ])
      return {
        version: deps.version,
        maintenance: deps.switches.maintenance(),
        systems: Object.entries(health.checks).map(([name, result]) => ({ name, ...result })),
        nodes: nodes.map(({ started_at, seen_at, ...node }) => ({
          ...node,
          started_at: started_at.toISOString(),
          seen_at: seen_at.toISOString(),
        })),
        database: { ...about, tables },
        jobs: sumOf(jobs),
        mail_accounts: figures.accounts.map(({ oldestSeconds, ...row }) => ({ ...row, oldest_seconds: oldestSeconds })),
        outbox: figures.outbox.map(({ oldestDueSeconds, ...row }) => ({
          ...row,
          oldest_due_seconds: oldestDueSeconds,
        })),
        webhooks,
        drive_quotas: {
          ...driveQuotas,
          remedy: driveQuotas.error_code === null ? null : driveQuotaRemedy(driveQuotas.error_code),
        },
      }
    },
  }
}

type Counts = { due: number; scheduled: number; running: number; exhausted: number }

const sumOf = (rows: readonly Counts[]): Counts =>
  rows.reduce<Counts>(
    (sum, row) => ({
      due: sum.due + row.due,
      scheduled: sum.scheduled + row.scheduled,
      running: sum.running + row.running,
      exhausted: sum.exhausted + row.exhausted,
    }),
    { due: 0, scheduled: 0, running: 0, exhausted: 0 },
  )
