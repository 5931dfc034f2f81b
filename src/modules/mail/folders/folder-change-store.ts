import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { FolderOwner } from './folder-op-store.ts'
import type { ShownFolder } from './shown-folder-store.ts'

export type NewFolder = { id: string; path: string; name: string; delimiter: string | null }

/** What owners do to folders, ahead of the server. */
export const folderChangeStore = {
  /** Whose folder it is: false for an account that is not theirs. Changes of an account's folders wait for each other. */
  async lockAccount(tx: Tx, { ownerId, mailAccountId }: FolderOwner): Promise<boolean> {
    const { rows } = await sql`select from mail_account
      where owner_id = ${ownerId} and id = ${mailAccountId} for no key update`.execute(tx)
    return rows.length === 1
  },

  async accountOf(db: Queryable, ownerId: string, folderId: string): Promise<string | undefined> {
    const { rows } = await sql<{ mail_account_id: string }>`select mail_account_id from mail_folder
      where owner_id = ${ownerId} and id = ${folderId} and not is_deleted`.execute(db)
    return rows[0]?.mail_account_id
  },

  insert: (tx: Tx, { ownerId, mailAccountId }: FolderOwner, { id, path, name, delimiter }: NewFolder) =>
    sql`insert into mail_folder (owner_id, id, mail_account_id, path, name, delimiter, is_on_server)
      values (${ownerId}, ${id}, ${mailAccountId}, ${path}, ${name}, ${delimiter}, false)`.execute(tx),

  /**
   * Hides a folder and what its owner sees in it. Those who move messages there or store some wait for `tx`, or are
   * waited for.
   */
  async hide(tx: Tx, ownerId: string, folderId: string): Promise<void> {
    await sql`select from mail_folder where owner_id = ${ownerId} and id = ${folderId} for update`.execute(tx)
    await sql`update mail_folder set is_deleted = true where owner_id = ${ownerId} and id = ${folderId}`.execute(tx)
    await hideMessages(tx, ownerId, folderId)
  },

  setSubscribed: (tx: Tx, ownerId: string, folderId: string, isSubscribed: boolean) =>
    sql`update mail_folder set is_subscribed = ${isSubscribed}
      where owner_id = ${ownerId} and id = ${folderId}`.execute(tx),

  /** A folder that was not synced begins anew: what came meanwhile is found, it does not arrive. */
  async setSync(tx: Tx, ownerId: string, folderId: string, sync: ShownFolder['sync']): Promise<void> {
    await sql`update mail_folder set sync = ${sync},
        uidvalidity = case when sync = 'none' then null else uidvalidity end,
        uidnext = case when sync = 'none' then null else uidnext end,
        highestmodseq = case when sync = 'none' then null else highestmodseq end,
        backfill_low = case when sync = 'none' then null else backfill_low end
      where owner_id = ${ownerId} and id = ${folderId}`.execute(tx)
    if (sync === 'none') await hideMessages(tx, ownerId, folderId)
    if (sync === 'all') await wantBodies(tx, ownerId, folderId)
  },
}

/** Stamped with the time of `tx`, by which they are known again should the server refuse. */
const hideMessages = (tx: Tx, ownerId: string, folderId: string) =>
  sql`update mail_location set gone_at = now()
    where owner_id = ${ownerId} and folder_id = ${folderId} and shown_folder_id = ${folderId}
      and gone_at is null`.execute(tx)

const wantBodies = (tx: Tx, ownerId: string, folderId: string) =>
  sql`
    with wanted as (
      update mail_message as message set body_state = 'pending'
      from mail_location as location
      where location.owner_id = ${ownerId} and location.folder_id = ${folderId} and location.gone_at is null
        and message.owner_id = ${ownerId} and message.id = location.message_id
        and message.body_state = 'headers_only'
      returning message.id, message.mail_account_id, message.received_at
    )
    insert into mail_pending_body (owner_id, mail_account_id, form, received_at, message_id)
    select ${ownerId}, mail_account_id, 'words', received_at, id from wanted
    on conflict do nothing`.execute(tx)
