import type { Database, Tx } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { deadLetterStore as store } from './dead-letter-store.ts'
import { requeueDelivery } from './deliveries.ts'

export type DeadLetters = ReturnType<typeof createDeadLetters>

/** Deliveries of all owners that were given up, for operators. */
export function createDeadLetters({ database }: { database: Database }) {
  return {
    list: (page: { before: string | undefined; limit: number }) => store.list(database, page),
    counts: () => store.counts(database),
    /** Sends it once more. @throws AppError `not_found`. */
    async retry(tx: Tx, ownerId: string, id: string): Promise<void> {
      const letter = await store.find(tx, ownerId, id)
      if (!letter) throw notFound('dead letter')
      await requeueDelivery(tx, { ownerId, id, endpointId: letter.endpoint_id })
    },
    /** @throws AppError `not_found`. */
    async drop(tx: Tx, ownerId: string, id: string): Promise<void> {
      if (!(await store.remove(tx, ownerId, id))) throw notFound('dead letter')
    },
  }
}
