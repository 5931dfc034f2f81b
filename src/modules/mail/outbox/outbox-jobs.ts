import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import { handleJob, type JobHandler, type Sweep } from '#platform/jobs/jobs.ts'
import { createAccountRuns } from './account-runs.ts'
import { type FilingDeps, fileAll } from './filing.ts'
import { filingStore } from './filing-store.ts'
import { createWithFolders } from './mailbox-folders.ts'
import { enqueueFiling, enqueueTransmission, fileJob, transmitJob } from './outbox-wakeups.ts'
import type { TransmissionDeps } from './transmission-run.ts'
import { transmissionStore } from './transmission-store.ts'
import { transmitAll } from './transmissions.ts'

export type OutboxJobDeps = Omit<TransmissionDeps & FilingDeps, 'withFolders'> & { imapConnect: ImapConnect }

const perSweep = 500
/** The MIME of what was sent and filed is kept so long, for recipients to whom it is sent again. */
const keepContentDays = 30
const forgottenAtOnce = 1000

/** Jobs are wake-ups; what is due is in the rows, and the sweep finds what no job came for. */
export function outboxJobs(given: OutboxJobDeps) {
  const { database, transact, log } = given
  const deps = { ...given, withFolders: createWithFolders(given) }
  const transmissions = createAccountRuns({ log, work: (account, signal) => transmitAll(deps, account, signal) })
  const filings = createAccountRuns({ log, work: (account, signal) => fileAll(deps, account, signal) })
  const handlers: JobHandler[] = [handleJob(transmitJob, transmissions.wake), handleJob(fileJob, filings.wake)]
  const sweeps: Sweep[] = [
    {
      name: 'mail.outbox_due',
      everySeconds: 10,
      async run() {
        for (const due of await transmissionStore.due(database, perSweep)) await enqueueTransmission(database, due)
        for (const due of await filingStore.due(database, perSweep)) await enqueueFiling(database, due)
      },
    },
    {
      name: 'mail.outbox_content',
      everySeconds: 3600,
      async run() {
        const page = { keepDays: keepContentDays, limit: forgottenAtOnce }
        while ((await transact((tx) => filingStore.forgetContent(tx, page))) >= forgottenAtOnce);
      },
    },
  ]
  return {
    handlers,
    sweeps,
    transmissions,
    filings,
    /** Lets what is under way come to its next rest. */
    stop: async (): Promise<void> => void (await Promise.all([transmissions.stop(), filings.stop()])),
  }
}
