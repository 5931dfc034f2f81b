import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'

export const suspensionStore = {
  /** False when the person is suspended already. */
  async suspend(tx: Tx, personId: string): Promise<boolean> {
    const { numUpdatedRows } = await tx
      .updateTable('principal')
      .set({ suspended_at: sql`now()`, tokens_valid_from: sql`now()` })
      .where('id', '=', personId)
      .where('suspended_at', 'is', null)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  },

  /** False when the person is not suspended. */
  async reactivate(tx: Tx, personId: string): Promise<boolean> {
    const { numUpdatedRows } = await tx
      .updateTable('principal')
      .set({ suspended_at: null })
      .where('id', '=', personId)
      .where('suspended_at', 'is not', null)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  },

  async removeTickets(tx: Tx, personId: string): Promise<void> {
    await tx.deleteFrom('realtime_ticket').where('owner_id', '=', personId).execute()
  },

  /** Of all personal tokens and device passwords. */
  async credentialIds(tx: Tx, personId: string): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      select id from personal_token where owner_id = ${personId}
      union all select id from device_password where owner_id = ${personId}`.execute(tx)
    return rows.map(({ id }) => id)
  },
}
