import type { Database, Transact } from '#platform/database/database.ts'
import { enqueue, handleJob, jobName } from '#platform/jobs/jobs.ts'
import { homeStore } from '../books/home-store.ts'
import { type Correspondence, summedUp } from './correspondence.ts'
import { correspondentStore } from './correspondent-store.ts'

const gatherJob = jobName<{ ownerId: string }>('contacts.gather-correspondents')
const pageSize = 500
/** Pages of one run: the rest is for the next, so that nobody keeps a worker for long. */
const pagesOfRun = 40

export type Gathering = ReturnType<typeof createGathering>

/** Counts whom people write to, from what mail tells of messages that were sent. */
export function createGathering(deps: {
  database: Database
  transact: Transact
  correspondence: Correspondence | undefined
}) {
  const { database, transact, correspondence } = deps

  /** One page, counted once: the messages and up to which they were counted commit together. */
  async function gatherPage(ownerId: string, written: Correspondence): Promise<boolean> {
    return transact(async (tx) => {
      const after = await homeStore.gatheredAfter(tx, ownerId)
      const messages = await written.writtenAfter(ownerId, after, pageSize)
      const last = messages.at(-1)
      if (!last) return false
      await correspondentStore.add(tx, ownerId, summedUp(messages))
      await homeStore.noteGathered(tx, ownerId, last.id)
      return messages.length === pageSize
    })
  }

  async function run(ownerId: string): Promise<void> {
    for (let page = 0; correspondence && page < pagesOfRun; page++) {
      if (!(await gatherPage(ownerId, correspondence))) return
    }
  }

  return {
    run,
    handler: handleJob(gatherJob, ({ ownerId }) => run(ownerId)),

    /** Has it counted before long what was sent since; at most once a minute. */
    async wake(ownerId: string): Promise<void> {
      if (!correspondence || !(await homeStore.claimGathering(database, ownerId))) return
      await enqueue(database, gatherJob, { ownerId }, { key: `contacts.gather:${ownerId}` })
    },
  }
}
