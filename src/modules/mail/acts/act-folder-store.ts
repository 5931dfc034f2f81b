import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { FolderOwner } from '../folders/folder-op-store.ts'

/** A folder in which messages may lie, as its owner sees it. */
export type ActFolder = {
  id: string
  mail_account_id: string
  path: string
  delimiter: string | null
  role: string | null
  is_selectable: boolean
  /** The server's folders are labels: a message lies in the folder of each. */
  is_label: boolean
}

export const actFolderStore = {
  /** All folders of accounts but deleted ones. */
  async list(db: Queryable, ownerId: string, mailAccountIds: readonly string[]): Promise<ActFolder[]> {
    const { rows } = await sql<ActFolder>`
      select folder.id, folder.mail_account_id, coalesce(folder.shown_path, folder.path) as path, folder.delimiter,
        folder.role, folder.is_selectable, account.folders_are_labels as is_label
      from mail_folder as folder
      join mail_account as account on account.owner_id = folder.owner_id and account.id = folder.mail_account_id
      where folder.owner_id = ${ownerId} and folder.mail_account_id = any(${mailAccountIds}::uuid[])
        and not folder.is_deleted
      order by folder.created_at, folder.id`.execute(db)
    return rows
  },

  async accountsOf(db: Queryable, ownerId: string, folderIds: readonly string[]): Promise<string[]> {
    const { rows } = await sql<{ mail_account_id: string }>`
      select distinct mail_account_id from mail_folder
      where owner_id = ${ownerId} and id = any(${folderIds}::uuid[]) and not is_deleted`.execute(db)
    return rows.map((row) => row.mail_account_id)
  },

  /** Those of `folderIds` that are there; none of them can be deleted before `tx` ends. */
  async lock(tx: Tx, ownerId: string, folderIds: readonly string[]): Promise<Set<string>> {
    const { rows } = await sql<{ id: string }>`
      select id from mail_folder
      where owner_id = ${ownerId} and id = any(${folderIds}::uuid[]) and not is_deleted
      order by id for key share`.execute(tx)
    return new Set(rows.map((row) => row.id))
  },

  /** False when there is a folder with that path. */
  async insert(
    tx: Tx,
    { ownerId, mailAccountId }: FolderOwner,
    folder: { id: string; path: string; name: string; role: string | null; delimiter: string | null },
  ): Promise<boolean> {
    const result = await sql`
      insert into mail_folder (owner_id, id, mail_account_id, path, name, role, delimiter, is_on_server)
      values (${ownerId}, ${folder.id}, ${mailAccountId}, ${folder.path}, ${folder.name}, ${folder.role},
        ${folder.delimiter}, false)
      on conflict (owner_id, mail_account_id, path) do nothing`.execute(tx)
    return result.numAffectedRows === 1n
  },

  /** Folders that stand for a label, by its name, in accounts whose folders are labels. */
  async labelFolders(db: Queryable, ownerId: string, name: string): Promise<{ id: string; mail_account_id: string }[]> {
    const { rows } = await sql<{ id: string; mail_account_id: string }>`
      select folder.id, folder.mail_account_id from mail_folder as folder
      join mail_account as account on account.owner_id = folder.owner_id and account.id = folder.mail_account_id
      where folder.owner_id = ${ownerId} and account.folders_are_labels and folder.role is null
        and not folder.is_deleted and lower(coalesce(folder.shown_path, folder.path)) = lower(${name})`.execute(db)
    return rows
  },
}
