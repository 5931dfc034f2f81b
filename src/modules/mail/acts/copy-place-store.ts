import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'

/** Where the server put a copy; null when it did not say, or when nothing is kept of that folder. */
export type CopyPlace = { messageId: string; folderId: string; uidvalidity: number; uid: number | null }

export const copyPlaceStore = {
  /**
   * Gives copies the places that the server gave them. One that it did not name waits to be found in its folder, as
   * what vanished does; so does one whose place sync has taken for another message.
   */
  async settle(tx: Tx, ownerId: string, places: readonly CopyPlace[]): Promise<void> {
    await sql`
      update mail_location as location set uidvalidity = place.uidvalidity, uid = place.uid
      from jsonb_to_recordset(${JSON.stringify(places)}::jsonb)
        as place ("messageId" uuid, "folderId" uuid, uidvalidity bigint, uid bigint)
      where location.owner_id = ${ownerId} and location.message_id = place."messageId"
        and location.folder_id = place."folderId" and location.uidvalidity = 0 and place.uid is not null
        and not exists (select from mail_location as taken where taken.owner_id = ${ownerId}
          and taken.folder_id = place."folderId" and taken.uidvalidity = place.uidvalidity
          and taken.uid = place.uid)`.execute(tx)
    await sql`
      update mail_location as location set gone_at = clock_timestamp(), is_deleted = false
      from jsonb_to_recordset(${JSON.stringify(places)}::jsonb) as place ("messageId" uuid, "folderId" uuid)
      where location.owner_id = ${ownerId} and location.message_id = place."messageId"
        and location.folder_id = place."folderId" and location.uidvalidity = 0`.execute(tx)
  },
}
