import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export const unsubscriptionStore = {
  /** Remembers the last request by that message. */
  async record(
    tx: Queryable,
    ownerId: string,
    messageId: string,
    { method, outboxId }: { method: 'one_click' | 'mailto'; outboxId: string | null },
  ): Promise<Date> {
    const row = { method, outbox_id: outboxId, requested_at: sql<Date>`now()` }
    const { requested_at } = await tx
      .insertInto('mail_unsubscription')
      .values({ owner_id: ownerId, message_id: messageId, ...row })
      .onConflict((conflict) => conflict.columns(['owner_id', 'message_id']).doUpdateSet(row))
      .returning('requested_at')
      .executeTakeFirstOrThrow()
    return requested_at
  },
}
