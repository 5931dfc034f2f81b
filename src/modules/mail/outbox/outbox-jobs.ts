import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import { handleJob, type JobHandler, type Sweep } from '#platform/jobs/jobs.ts'
import { enqueueSentCopy, enqueueTransmission, fileSentJob, transmitJob } from './outbox-wakeups.ts'
import { createSentCopies, type SentCopyDeps } from './sent-copies.ts'
import { sentCopyStore } from './sent-copy-store.ts'
import { createWithSentFolder } from './sent-folder.ts'
import { transmissionStore } from './transmission-store.ts'
import { createTransmissions, type TransmissionDeps } from './transmissions.ts'

export type OutboxJobDeps = Omit<TransmissionDeps & SentCopyDeps, 'withSentFolder'> & { imapConnect: ImapConnect }

const perSweep = 500

/** Jobs are wake-ups; what is due is in the rows, and the sweep finds what no job came for. */
export function outboxJobs(deps: OutboxJobDeps): { handlers: JobHandler[]; sweeps: Sweep[] } {
  const { database } = deps
  const withSentFolder = createWithSentFolder(deps)
  const transmissions = createTransmissions({ ...deps, withSentFolder })
  const sentCopies = createSentCopies({ ...deps, withSentFolder })
  return {
    handlers: [handleJob(transmitJob, transmissions.attend), handleJob(fileSentJob, sentCopies.file)],
    sweeps: [
      {
        name: 'mail.outbox_due',
        everySeconds: 10,
        async run() {
          for (const due of await transmissionStore.due(database, perSweep)) await enqueueTransmission(database, due)
          for (const due of await sentCopyStore.due(database, perSweep)) await enqueueSentCopy(database, due)
        },
      },
    ],
  }
}
