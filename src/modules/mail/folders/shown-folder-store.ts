import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { type FolderOwner, folderOpStore } from './folder-op-store.ts'
import { shownPaths } from './folder-paths.ts'

/** A folder as stored, and as its owner sees it. */
export type ShownFolder = {
  id: string
  path: string
  /** Where its owner sees it. */
  shown: string
  delimiter: string | null
  role: string | null
  isOnServer: boolean
  isDeleted: boolean
  isSubscribed: boolean
  sync: 'all' | 'listing' | 'none'
}

export const shownFolderStore = {
  async list(db: Queryable, { ownerId, mailAccountId }: FolderOwner): Promise<ShownFolder[]> {
    const { rows } = await sql<ShownFolder>`
      select id, path, coalesce(shown_path, path) as shown, delimiter, role, is_on_server as "isOnServer",
        is_deleted as "isDeleted", is_subscribed as "isSubscribed", sync
      from mail_folder where owner_id = ${ownerId} and mail_account_id = ${mailAccountId}`.execute(db)
    return rows
  },

  /** Brings what the owner sees in line with the server's paths and the operations that are still open. */
  async settle(tx: Tx, key: FolderOwner): Promise<void> {
    const folders = await this.list(tx, key)
    const paths = shownPaths(folders, await folderOpStore.list(tx, key))
    const changed = folders.filter((folder) => (paths.get(folder.id) ?? folder.path) !== folder.shown)
    if (changed.length === 0) return
    await sql`update mail_folder as folder set shown_path = nullif(change.shown, folder.path)
      from unnest(${changed.map((folder) => folder.id)}::uuid[],
        ${changed.map((folder) => paths.get(folder.id) ?? folder.path)}::text[]) as change (id, shown)
      where folder.owner_id = ${key.ownerId} and folder.id = change.id`.execute(tx)
  },
}
