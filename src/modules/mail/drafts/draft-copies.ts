import { onCommit, type Tx } from '#platform/database/database.ts'
import { enqueue, handleJob, type JobHandler, jobName } from '#platform/jobs/jobs.ts'
import type { Wake } from '../wake.ts'
import { draftCopyStore } from './draft-copy-store.ts'

const copyDueJob = jobName<{ mailAccountId: string }>('mail.draft_copy_due')

/** Changes within this time make one copy: a mailbox is not written to with every word. */
const defaultDelaySeconds = 10

export type DraftCopies = ReturnType<typeof createDraftCopies>

/** Says what is to lie in Drafts folders; the node that syncs an account makes it so (`sync/draft-writes.ts`). */
export function createDraftCopies({ wake, delaySeconds = defaultDelaySeconds }: { wake: Wake; delaySeconds?: number }) {
  return {
    /** `revision` is the one to be copied; null when none is to lie there any more. */
    async want(
      tx: Tx,
      ownerId: string,
      copy: { draftId: string; mailAccountId: string; revision: string | null },
    ): Promise<void> {
      await draftCopyStore.want(tx, ownerId, { ...copy, delaySeconds })
      const { mailAccountId } = copy
      if (delaySeconds === 0) return onCommit(tx, () => wake.account(mailAccountId, 'changes'))
      // One job for each span: a single key would put off what is due whenever something else is written.
      const due = new Date(Date.now() + delaySeconds * 1000)
      const span = Math.floor(due.getTime() / (delaySeconds * 1000))
      await enqueue(
        tx,
        copyDueJob,
        { mailAccountId },
        { key: `${copyDueJob.name}:${mailAccountId}:${span}`, runAt: due },
      )
    },
  }
}

export const draftCopyJobs = (wake: Wake): JobHandler[] => [
  handleJob(copyDueJob, async ({ mailAccountId }) => void wake.account(mailAccountId, 'changes')),
]
