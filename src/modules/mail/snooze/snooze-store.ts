import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

export const snoozeStore = {
  /** Owners with messages whose time has come. */
  async dueOwners(db: Queryable, limit: number): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      select distinct owner_id from mail_message where snoozed_until <= now() limit ${limit}`.execute(db)
    return rows.map((row) => row.owner_id)
  },

  /** Messages of an owner whose time has come, those that waited longest first. */
  async due(db: Queryable, ownerId: string, limit: number): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      select id from mail_message where owner_id = ${ownerId} and snoozed_until <= now()
      order by snoozed_until, id limit ${limit}`.execute(db)
    return rows.map((row) => row.id)
  },

  /** Snoozed messages that the server has in a folder, their places locked. */
  async lyingIn(tx: Tx, ownerId: string, folderId: string): Promise<string[]> {
    const { rows } = await sql<{ message_id: string }>`
      select message_id from mail_location
      where owner_id = ${ownerId} and folder_id = ${folderId} and gone_at is null and shown_folder_id in (
        select id from mail_folder where owner_id = ${ownerId} and role = 'snoozed')
      order by uidvalidity, uid for update`.execute(tx)
    return rows.map((row) => row.message_id)
  },

  /** They do not come back any more: another program has moved or deleted them. */
  async forget(tx: Tx, ownerId: string, messageIds: readonly string[]): Promise<void> {
    if (messageIds.length === 0) return
    await sql`update mail_message set snoozed_until = null
      where owner_id = ${ownerId} and id = any(${messageIds}::uuid[]) and snoozed_until is not null`.execute(tx)
  },
}
