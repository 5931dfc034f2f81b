import type { Smtp } from '#integrations/smtp/smtp.ts'
import type { Database } from '#platform/database/database.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { Connections } from '../accounts/connections.ts'
import type { MailMetrics } from '../metrics.ts'
import type { MailPolicies } from '../policies.ts'
import type { Claims } from './claims.ts'
import type { WithFolders } from './mailbox-folders.ts'
import type { CommitDeps, OutboxCommits } from './outbox-commits.ts'
import type { OutboxAccount } from './transmission-store.ts'

export type TransmissionDeps = CommitDeps & {
  database: Database
  objects: Objects
  connections: Connections
  smtp: Smtp
  withFolders: WithFolders
  metrics: Pick<MailMetrics, 'sends'>
  policies?: Pick<MailPolicies, 'footers'> | undefined
}

/** What those share who transmit for one account at a time. */
export type TransmissionRun = {
  deps: TransmissionDeps
  account: OutboxAccount
  claims: Claims
  commits: OutboxCommits
}
