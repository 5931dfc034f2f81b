import type { Database } from '#platform/database/database.ts'
import { quickLook } from '#platform/database/quick-look.ts'
import type { Logger } from '#platform/observability/log.ts'
import { registerLookedUp } from '#platform/observability/looked-up-gauges.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import { type AccountFigures, gaugesStore, type OutboxFigures } from './gauges-store.ts'

const lateAfterSeconds = 600
const accountStates = ['connecting', 'syncing', 'synced', 'paused', 'error', 'needs_reauthentication']
const outboxStates = ['held', 'queued', 'transmitting', 'unknown']

/** How mail stands over all accounts, by a look into the database; the same on all nodes. */
export function registerMailGauges(deps: { metrics: Metrics; database: Database; log: Logger }): void {
  const { database } = deps
  const registration = { ...deps.metrics, log: deps.log }
  registerLookedUp(registration, {
    name: 'mail_accounts',
    look: () => quickLook(database, (tx) => gaugesStore.accounts(tx, lateAfterSeconds)),
    gauges: [
      {
        name: 'ultid_mail_accounts',
        help: 'Connected mail accounts, by state. The same on all nodes.',
        labelNames: ['state'],
        samplesOf: (rows) => countsOf(rows, accountStates),
      },
      {
        name: 'ultid_mail_accounts_late',
        help: 'Mail accounts whose last successful sync is more than ten minutes ago, paused ones and refused passwords aside. The same on all nodes.',
        samplesOf: (rows) => [{ value: rows.reduce((sum, { late }) => sum + late, 0) }],
      },
      {
        name: 'ultid_mail_oldest_sync_seconds',
        help: 'Seconds since the last successful sync of the mail account that waits longest, paused ones and refused passwords aside. The same on all nodes.',
        samplesOf: (rows) => [{ value: longest(rows.map(({ oldestSeconds }) => oldestSeconds)) }],
      },
    ],
  })
  registerLookedUp(registration, {
    name: 'mail_outbox',
    look: () => quickLook(database, gaugesStore.outbox),
    gauges: [
      {
        name: 'ultid_mail_outbox_messages',
        help: 'Messages in the outbox that are not at their end, by state. The same on all nodes.',
        labelNames: ['state'],
        samplesOf: (rows) => countsOf(rows, outboxStates),
      },
      {
        name: 'ultid_mail_outbox_oldest_due_seconds',
        help: 'How long the message that is due first has been due; 0 when none is. The same on all nodes.',
        samplesOf: (rows) => [{ value: longest(rows.map(({ oldestDueSeconds }) => oldestDueSeconds)) }],
      },
    ],
  })
}

/** A state that nothing is in counts 0, so that a graph of it goes down. */
const countsOf = (rows: readonly (AccountFigures | OutboxFigures)[], states: readonly string[]) =>
  states.map((state) => ({ labels: { state }, value: rows.find((row) => row.state === state)?.count ?? 0 }))

const longest = (seconds: readonly (number | null)[]): number => Math.max(0, ...seconds.map((one) => one ?? 0))
