import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { type FolderOp, type FolderOwner, opsOf } from './folder-op-store.ts'
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

const foldersOf = ({ ownerId, mailAccountId }: FolderOwner) => sql<ShownFolder>`
  select id, path, coalesce(shown_path, path) as shown, delimiter, role, is_on_server as "isOnServer",
    is_deleted as "isDeleted", is_subscribed as "isSubscribed", sync
  from mail_folder where owner_id = ${ownerId} and mail_account_id = ${mailAccountId}`

export const shownFolderStore = {
  async list(db: Queryable, key: FolderOwner): Promise<ShownFolder[]> {
    return (await foldersOf(key).execute(db)).rows
  },

  /** Brings what the owner sees in line with the server's paths and the operations that are still open. */
  async settle(tx: Tx, key: FolderOwner): Promise<void> {
    const { folders, ops } = await foldersAndOps(tx, key)
    const paths = shownPaths(folders, ops)
    const changed = folders.filter((folder) => (paths.get(folder.id) ?? folder.path) !== folder.shown)
    if (changed.length === 0) return
    await sql`update mail_folder as folder set shown_path = nullif(change.shown, folder.path)
      from unnest(${changed.map((folder) => folder.id)}::uuid[],
        ${changed.map((folder) => paths.get(folder.id) ?? folder.path)}::text[]) as change (id, shown)
      where folder.owner_id = ${key.ownerId} and folder.id = change.id`.execute(tx)
  },
}

/** Both as they are at one moment: a folder that is made between two looks is neither there nor on its way. */
async function foldersAndOps(tx: Tx, key: FolderOwner): Promise<{ folders: ShownFolder[]; ops: FolderOp[] }> {
  const { rows } = await sql<{ folders: ShownFolder[]; ops: FolderOp[] }>`
    select (select coalesce(json_agg(folder), '[]') from (${foldersOf(key)}) as folder) as folders,
      (select coalesce(json_agg(op), '[]') from (${opsOf(key)}) as op) as ops`.execute(tx)
  return rows[0] ?? { folders: [], ops: [] }
}
