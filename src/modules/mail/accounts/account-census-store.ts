import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export type CountedAccount = {
  id: string
  email: string
  state: string
  error_code: string | null
  last_synced_at: Date | null
}

/** For operators, who act for no owner. */
export const accountCensusStore = {
  async ownerOf(db: Queryable, mailAccountId: string): Promise<string | undefined> {
    const row = await db
      .selectFrom('mail_account')
      .select('owner_id')
      .where('id', '=', mailAccountId)
      .executeTakeFirst()
    return row?.owner_id
  },

  /** How many accounts each of the owners has; none is 0 by absence. */
  async countByOwner(db: Queryable, ownerIds: readonly string[]): Promise<Map<string, number>> {
    const { rows } = await sql<{ owner_id: string; count: number }>`
      select owner_id, count(*) as count from mail_account where owner_id = any(${[...ownerIds]}::uuid[])
      group by owner_id`.execute(db)
    return new Map(rows.map(({ owner_id, count }) => [owner_id, count]))
  },

  list: (db: Queryable, ownerId: string): Promise<CountedAccount[]> =>
    db
      .selectFrom('mail_account')
      .select(['id', 'email', 'state', 'error_code', 'last_synced_at'])
      .where('owner_id', '=', ownerId)
      .orderBy('id')
      .execute(),
}
