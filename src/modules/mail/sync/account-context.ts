import type { Database, Tx } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Logger } from '#platform/observability/log.ts'
import { appendMailEvents, type MailEvent } from '../events.ts'
import type { MailMetrics } from '../metrics.ts'
import type { AccountKey } from './folder-store.ts'
import type { Commit } from './leases.ts'
import type { SyncTimings } from './timings.ts'
import type { Traffic } from './traffic.ts'

/** What every part of one account's sync works with. */
export type AccountContext = {
  key: AccountKey
  /** For reads; every write goes through `commit`, which checks the lease. */
  database: Database
  commit: Commit
  events: Events
  log: Logger
  metrics: Pick<MailMetrics, 'messagesSynced'>
  timings: SyncTimings
  traffic: Traffic
}

/** The same over one connection, whose server says what it is like. */
export type ConnectedAccount = AccountContext & {
  /** Gmail's folders are labels: a message that lies in several is one, with the same X-GM-MSGID and flags everywhere. */
  isLabelled: boolean
}

/** The last thing of a transaction: its events. */
export const announce = ({ events, key }: AccountContext, tx: Tx, added: readonly MailEvent[]): Promise<void> =>
  appendMailEvents(events, tx, key.ownerId, added)
