import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export const retentionStore = {
  /** @returns how many were removed. */
  async removeFinished(db: Queryable, { days, limit }: { days: number; limit: number }): Promise<number> {
    const { numAffectedRows = 0n } = await sql`
      delete from webhook_delivery where (owner_id, id) in (
        select owner_id, id from webhook_delivery
        where finished_at < now() - make_interval(days => ${days}) limit ${limit})`.execute(db)
    return Number(numAffectedRows)
  },

  removeReplays: (db: Queryable, days: number) =>
    sql`delete from webhook_replay where state = 'done' and created_at < now() - make_interval(days => ${days})`.execute(
      db,
    ),
}
