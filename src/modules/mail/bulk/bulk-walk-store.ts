import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'

export type WalkedFolder = { mail_account_id: string; role: string | null; total_count: number; unread_count: number }

/** Messages on which bulk acts work, chunk by chunk. */
export const bulkWalkStore = {
  async folder(tx: Tx, ownerId: string, folderId: string): Promise<WalkedFolder | undefined> {
    const { rows } = await sql<WalkedFolder>`
      select mail_account_id, role, total_count, unread_count from mail_folder
      where owner_id = ${ownerId} and id = ${folderId} and not is_deleted`.execute(tx)
    return rows[0]
  },

  /** Messages as a folder shows them, newest first, after a place: what comes meanwhile is not among them. */
  async inFolder(
    tx: Tx,
    ownerId: string,
    folderId: string,
    page: { isUnread: boolean; after: readonly string[] | null; limit: number },
  ): Promise<{ id: string; cursor: string[] }[]> {
    const [receivedAt = 'infinity', messageId = 'ffffffff-ffff-ffff-ffff-ffffffffffff'] = page.after ?? []
    const isUnread = page.isUnread ? sql`and not is_read` : sql``
    const { rows } = await sql<{ id: string; received_at: string }>`
      select message_id as id, received_at::text from mail_location
      where owner_id = ${ownerId} and shown_folder_id = ${folderId} and gone_at is null ${isUnread}
        and (received_at, message_id) < (${receivedAt}::timestamptz, ${messageId}::uuid)
      order by received_at desc, message_id desc limit ${page.limit}`.execute(tx)
    return rows.map((row) => ({ id: row.id, cursor: [row.received_at, row.id] }))
  },

  async countLabelled(tx: Tx, ownerId: string, labelId: string): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from mail_message_label
      where owner_id = ${ownerId} and label_id = ${labelId}`.execute(tx)
    return rows[0]?.count ?? 0
  },

  async labelled(tx: Tx, ownerId: string, labelId: string, limit: number): Promise<string[]> {
    const { rows } = await sql<{ message_id: string }>`
      select message_id from mail_message_label
      where owner_id = ${ownerId} and label_id = ${labelId}
      order by received_at desc, message_id desc limit ${limit}`.execute(tx)
    return rows.map((row) => row.message_id)
  },

  forgetLabelled: (tx: Tx, ownerId: string, labelId: string, messageIds: readonly string[]) =>
    sql`delete from mail_message_label
      where owner_id = ${ownerId} and label_id = ${labelId} and message_id = any(${messageIds}::uuid[])`.execute(tx),

  /** All places of an owner, and so how far a walk over them goes. */
  async countPlaces(tx: Tx, ownerId: string): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select coalesce(sum(total_count), 0)::int as count from mail_folder where owner_id = ${ownerId}`.execute(tx)
    return rows[0]?.count ?? 0
  },

  /**
   * Gives a label to what bears it on the server already: its keyword, or a place in the folder of its name where
   * folders are labels. Walks over the next `limit` places; answers where it stopped, nothing at the end.
   */
  async adopt(
    tx: Tx,
    ownerId: string,
    label: { id: string; name: string; keyword: string },
    page: { after: readonly string[] | null; limit: number },
  ): Promise<{ walked: number; cursor: string[] | undefined }> {
    const [folderId = '00000000-0000-0000-0000-000000000000', uidvalidity = '0', uid = '0'] = page.after ?? []
    const { rows } = await sql<{ walked: number; folder_id: string; uidvalidity: number; uid: number }>`
      with page as materialized (
        select folder_id, uidvalidity, uid, message_id, received_at, keywords, gone_at from mail_location
        where owner_id = ${ownerId}
          and (folder_id, uidvalidity, uid) > (${folderId}::uuid, ${uidvalidity}::bigint, ${uid}::bigint)
        order by folder_id, uidvalidity, uid limit ${page.limit}
      ), adopted as (
        insert into mail_message_label as labelled (owner_id, message_id, label_id, received_at)
        select ${ownerId}, page.message_id, ${label.id}::uuid, max(page.received_at)
        from page
        join mail_folder as folder on folder.owner_id = ${ownerId} and folder.id = page.folder_id
        join mail_account as account on account.owner_id = ${ownerId} and account.id = folder.mail_account_id
        where page.gone_at is null
          and (exists (select from unnest(page.keywords) as word where lower(word) = lower(${label.keyword}))
            or (account.folders_are_labels and lower(coalesce(folder.shown_path, folder.path)) = lower(${label.name})))
        group by page.message_id
        order by page.message_id
        on conflict (owner_id, message_id, label_id) do nothing
      )
      select (select count(*)::int from page) as walked, page.folder_id, page.uidvalidity, page.uid
      from page order by folder_id desc, uidvalidity desc, uid desc limit 1`.execute(tx)
    const [last] = rows
    if (!last || last.walked < page.limit) return { walked: last?.walked ?? 0, cursor: undefined }
    return { walked: last.walked, cursor: [last.folder_id, String(last.uidvalidity), String(last.uid)] }
  },
}
