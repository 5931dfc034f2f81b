import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'

export const accountDeletionStore = {
  /** Locks out whoever syncs the account: waits for its running commit and fails every later one. */
  fence: (tx: Tx, ownerId: string, mailAccountId: string) =>
    sql`update mail_lease set epoch = epoch + 1, node_id = null
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId}`.execute(tx),

  /** @returns the objects that hold the MIME of the account's outbox, or undefined when there is no such account. */
  async deleteAccount(tx: Tx, ownerId: string, mailAccountId: string): Promise<string[] | undefined> {
    const outbox = await tx
      .deleteFrom('mail_outbox')
      .where('owner_id', '=', ownerId)
      .where('mail_account_id', '=', mailAccountId)
      .returning('mime_object')
      .execute()
    // Folders, lease and outbox hang on it by foreign keys.
    const deleted = await tx
      .deleteFrom('mail_account')
      .where('owner_id', '=', ownerId)
      .where('id', '=', mailAccountId)
      .executeTakeFirst()
    return deleted.numDeletedRows === 1n ? outbox.flatMap((row) => row.mime_object ?? []) : undefined
  },

  folderIds: async (tx: Tx, ownerId: string, mailAccountId: string): Promise<string[]> => {
    const rows = await tx
      .selectFrom('mail_folder')
      .select('id')
      .where('owner_id', '=', ownerId)
      .where('mail_account_id', '=', mailAccountId)
      .execute()
    return rows.map((row) => row.id)
  },

  /** Without a location a message shows nowhere: not in lists, not by its id, not in a search. */
  async deleteLocations(tx: Tx, ownerId: string, folderIds: readonly string[]): Promise<void> {
    await sql`delete from mail_location where owner_id = ${ownerId} and folder_id = any(${folderIds}::uuid[])`.execute(
      tx,
    )
  },

  /** Of folders that vanished from the server before: nobody knows their ids any more. */
  async deleteTombstones(tx: Tx, ownerId: string, mailAccountId: string): Promise<void> {
    await sql`delete from mail_location
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and gone_at is not null`.execute(tx)
  },

  /** Messages that were on their way into the account from others of the owner are back where they were. */
  async restoreTransfers(tx: Tx, ownerId: string, mailAccountId: string) {
    const { rows } = await sql<{ mail_account_id: string; message_id: string; folder_id: string }>`
      update mail_location as place set gone_at = null, is_deleted = false
      from mail_remote_op as op
      where op.owner_id = ${ownerId} and op.mail_account_id = ${mailAccountId} and op.kind = 'append'
        and op.state in ('pending', 'running') and (op.change ->> 'is_move')::boolean
        and place.owner_id = ${ownerId} and place.message_id = (op.change ->> 'source_message_id')::uuid
        and place.is_deleted
      returning place.mail_account_id, place.message_id, place.shown_folder_id as folder_id`.execute(tx)
    return rows
  },

  deleteRemoteOps: (tx: Tx, ownerId: string, mailAccountId: string) =>
    tx
      .deleteFrom('mail_remote_op')
      .where('owner_id', '=', ownerId)
      .where('mail_account_id', '=', mailAccountId)
      .execute(),

  /**
   * Deletes the account's messages among the next `limit` of the owner after `after`, along the primary key.
   * @returns where to go on; undefined at the end.
   */
  async deleteMessages(
    tx: Tx,
    ownerId: string,
    mailAccountId: string,
    page: { after: string; limit: number },
  ): Promise<string | undefined> {
    const walked = await tx
      .selectFrom('mail_message')
      .select(['id', 'mail_account_id', 'thread_id'])
      .where('owner_id', '=', ownerId)
      .where('id', '>', page.after)
      .orderBy('id')
      .limit(page.limit)
      .execute()
    const rows = walked.filter((row) => row.mail_account_id === mailAccountId)
    const ids = rows.map((row) => row.id)
    // The message first: who stores a body locks it, so that no body comes after its deletion.
    if (ids.length > 0) {
      await sql`delete from mail_message where owner_id = ${ownerId} and id = any(${ids}::uuid[])`.execute(tx)
      await sql`delete from mail_body where owner_id = ${ownerId} and message_id = any(${ids}::uuid[])`.execute(tx)
      await sql`delete from mail_rule_execution where owner_id = ${ownerId} and message_id = any(${ids}::uuid[])`.execute(
        tx,
      )
      await sql`delete from mail_search where owner_id = ${ownerId} and message_id = any(${ids}::uuid[])`.execute(tx)
      await sql`delete from mail_message_label
        where owner_id = ${ownerId} and message_id = any(${ids}::uuid[])`.execute(tx)
      const threadIds = rows.flatMap((row) => row.thread_id ?? [])
      await sql`delete from mail_thread_reference
        where owner_id = ${ownerId} and thread_id = any(${threadIds}::uuid[])`.execute(tx)
      await sql`delete from mail_muted_thread
        where owner_id = ${ownerId} and thread_id = any(${threadIds}::uuid[])`.execute(tx)
    }
    return walked.length < page.limit ? undefined : walked.at(-1)?.id
  },
}
