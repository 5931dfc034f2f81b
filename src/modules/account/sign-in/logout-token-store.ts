import { sql } from 'kysely'
import type { Database, Tx } from '#platform/database/database.ts'

export const logoutTokenStore = {
  /** False when a token of this id was used before. */
  async insert(tx: Tx, jti: string): Promise<boolean> {
    const { numInsertedOrUpdatedRows = 0n } = await tx
      .insertInto('used_logout_token')
      .values({ jti })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return numInsertedOrUpdatedRows > 0n
  },

  async removeOld(db: Database): Promise<void> {
    await db.deleteFrom('used_logout_token').where('used_at', '<', sql<Date>`now() - interval '1 hour'`).execute()
  },
}
