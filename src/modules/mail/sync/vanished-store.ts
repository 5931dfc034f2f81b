import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'
import { type RemovedLetter, threadStore } from '../threads/thread-store.ts'
import type { AccountKey, Folder } from './folder-store.ts'

export type Departed = { message_id: string; folder_id: string }

export const vanishedStore = {
  /** Hides messages that the server no longer shows; answers how many were shown until now. */
  async markGone(tx: Tx, { ownerId }: AccountKey, folder: Folder, uids: readonly number[]): Promise<number> {
    if (uids.length === 0) return 0
    const result = await sql`
      update mail_location set gone_at = clock_timestamp()
      where owner_id = ${ownerId} and folder_id = ${folder.id} and uidvalidity = ${folder.uidvalidity}
        and uid = any(${uids}::bigint[]) and gone_at is null`.execute(tx)
    return Number(result.numAffectedRows ?? 0n)
  },

  /**
   * Removes places whose messages their owner deleted for good and that are gone before the server was told: nothing is
   * left to be deleted. Whoever moved such a message elsewhere keeps it, as another message here.
   */
  async dropDeleted(tx: Tx, key: AccountKey, folder: Folder, uids: readonly number[]): Promise<void> {
    const { ownerId } = key
    if (uids.length === 0) return
    const { rows } = await sql<{ message_id: string }>`
      delete from mail_location
      where owner_id = ${ownerId} and folder_id = ${folder.id} and uidvalidity = ${folder.uidvalidity}
        and uid = any(${uids}::bigint[]) and is_deleted
      returning message_id`.execute(tx)
    if (rows.length === 0) return
    const ids = rows.map((row) => row.message_id)
    await sql`
      with dropped as (
        delete from mail_remote_op
        where owner_id = ${ownerId} and message_id = any(${ids}::uuid[]) and kind = 'delete' returning message_id
      )
      update mail_location as place set is_deleted = false, gone_at = clock_timestamp() from dropped
      where place.owner_id = ${ownerId} and place.message_id = dropped.message_id and place.is_deleted`.execute(tx)
    await this.removeHomeless(tx, key, ids)
  },

  /** After a changed UIDVALIDITY: what was not found again once all of the folder is listed has gone. Copies under way stay. */
  async markEarlierEpochsGone(tx: Tx, { ownerId }: AccountKey, folder: Folder): Promise<void> {
    await sql`update mail_location set gone_at = coalesce(gone_at, clock_timestamp()), is_deleted = false
      where owner_id = ${ownerId} and folder_id = ${folder.id} and (gone_at is null or is_deleted) and uidvalidity > 0
        and (uidvalidity < ${folder.uidvalidity} or uidvalidity > ${folder.uidvalidity})`.execute(tx)
  },

  /**
   * Removes up to 500 messages that vanished more than `graceMs` ago and before `passStartedAt`. A deleted folder keeps
   * its own until the server agrees, and what its owner deleted for good waits for that, too.
   */
  async removeDeparted(tx: Tx, key: AccountKey, graceMs: number, passStartedAt: Date): Promise<Departed[]> {
    const { rows } = await sql<Departed>`
      delete from mail_location as location using (
        select owner_id, folder_id, uidvalidity, uid from mail_location
        where owner_id = ${key.ownerId} and mail_account_id = ${key.mailAccountId}
          and gone_at <= least(clock_timestamp() - make_interval(secs => ${graceMs / 1000}), ${passStartedAt})
          and not is_deleted and folder_id not in (select id from mail_folder
            where owner_id = ${key.ownerId} and mail_account_id = ${key.mailAccountId} and is_deleted)
        order by gone_at limit 500
      ) as gone
      where location.owner_id = gone.owner_id and location.folder_id = gone.folder_id
        and location.uidvalidity = gone.uidvalidity and location.uid = gone.uid
      returning location.message_id, location.folder_id`.execute(tx)
    return rows
  },

  /** Removes those of `messageIds` that lie nowhere any more, with all that hangs on them; answers which. */
  async removeHomeless(tx: Tx, key: AccountKey, messageIds: readonly string[]): Promise<Set<string>> {
    const { ownerId } = key
    const { rows } = await sql<RemovedLetter & { id: string }>`
      delete from mail_message as message
      where message.owner_id = ${ownerId} and message.id = any(${messageIds}::uuid[])
        and not exists (select from mail_location as location
          where location.owner_id = message.owner_id and location.message_id = message.id)
      returning message.id, message.message_id_header as "messageIdHeader",
        message.server_thread_id as "serverThreadId", message.thread_id as "threadId"`.execute(tx)
    const removed = rows.map((row) => row.id)
    for (const table of ['mail_body', 'mail_search', 'mail_message_label', 'mail_remote_op']) {
      await sql`delete from ${sql.table(table)}
        where owner_id = ${ownerId} and message_id = any(${removed}::uuid[])`.execute(tx)
    }
    await threadStore.forget(tx, key, rows)
    return new Set(removed)
  },
}
