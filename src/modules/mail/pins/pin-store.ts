import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'
import { utc } from '../reading/place-walk-store.ts'

export type Pin = { id: string; pinned_at: string }

export const pinStore = {
  /** Pinned messages that their owner sees somewhere, or in one folder, those pinned last first. */
  async list(
    db: Database,
    ownerId: string,
    page: { folderId: string | undefined; after: { pinnedAt: string; id: string } | undefined; limit: number },
  ): Promise<Pin[]> {
    const { folderId, after, limit } = page
    const isAfter = after ? sql`and (pinned_at, id) < (${after.pinnedAt}::timestamptz, ${after.id}::uuid)` : sql``
    const isInFolder = folderId === undefined ? sql`` : sql`and place.shown_folder_id = ${folderId}`
    const { rows } = await sql<Pin>`
      select id, ${sql.raw(utc('pinned_at'))} as pinned_at from mail_message as message
      where owner_id = ${ownerId} and pinned_at is not null ${isAfter} and exists (
        select from mail_location as place
        where place.owner_id = ${ownerId} and place.message_id = message.id and place.gone_at is null ${isInFolder})
      order by pinned_at desc, id desc limit ${limit}`.execute(db)
    return rows
  },
}
