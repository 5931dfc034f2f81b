import type { Database, Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { enqueue, handleJob, type JobHandler, jobName, type Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type OutsideSystem, type OutsideWord, outsideAccessStore as store } from './outside-access-store.ts'

/** A system that keeps people of its own. Saying the same twice does no harm. */
export type OutsideAccess = {
  system: OutsideSystem
  setActive(personId: string, isActive: boolean): Promise<void>
}

const tellJob = jobName<{ ownerId: string }>('admin.outside_access')

/**
 * Tells other systems who may come in and who no longer may, until each has heard the newest word. What is to be told is
 * written down with the decision; telling begins right after it.
 */
export function createOutsideWords(deps: { database: Database; log: Logger; systems: readonly OutsideAccess[] }) {
  const { database, log, systems } = deps

  async function tell(ownerId: string): Promise<void> {
    const words = await store.claim(database, ownerId)
    await Promise.all(words.map((word) => tellOne(ownerId, word)))
  }

  async function tellOne(ownerId: string, word: OutsideWord): Promise<void> {
    try {
      await systems.find(({ system }) => system === word.system)?.setActive(ownerId, word.is_active)
      await store.settle(database, ownerId, word, { errorCode: null, retryInSeconds: null })
    } catch (error) {
      // Whoever is not there need not be kept out.
      const isGone = error instanceof AppError && error.kind === 'not_found'
      const errorCode = error instanceof AppError ? error.code : 'internal_error'
      if (!isGone)
        log.warn({ err: error, person: ownerId, system: word.system }, 'a system was not told who may come in')
      const outcome = isGone ? { errorCode: null, retryInSeconds: null } : { errorCode, retryInSeconds: delayOf(word) }
      await store.settle(database, ownerId, word, outcome)
    }
  }

  const handler: JobHandler = handleJob(tellJob, ({ ownerId }) => tell(ownerId))
  const sweep: Sweep = {
    name: 'admin-outside-access',
    everySeconds: 30,
    async run() {
      for (const ownerId of await store.dueOwners(database, 100)) await tell(ownerId)
    },
  }
  return {
    handler,
    sweep,
    /** Writes down what is to be told; follow the commit by `tell`. */
    async note(tx: Tx, ownerId: string, isActive: boolean): Promise<void> {
      if (systems.length === 0) return
      const names = systems.map(({ system }) => system)
      await store.note(tx, ownerId, names, isActive)
      await enqueue(tx, tellJob, { ownerId }, { key: `admin.outside_access:${ownerId}` })
    },
    tell,
    states: (ownerIds: readonly string[]) => store.states(database, ownerIds),
  }
}

export type OutsideWords = ReturnType<typeof createOutsideWords>

/** From half a minute to an hour. */
const delayOf = ({ attempts }: OutsideWord): number => Math.min(3600, 30 * 2 ** Math.max(0, attempts - 1))
