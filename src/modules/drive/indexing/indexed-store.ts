import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { childOf, type DrivePath, keyOf, rootPath } from '../drive-path.ts'
import type { Entry } from '../items/item.ts'
import { typeOf, versionOf } from './item-document.ts'

export type GoneItem = { id: string; type: string }
type GoneRow = { file_id: number; is_folder: boolean }

export const indexedStore = {
  /** The ETags under which all that lies in these folders is in the index. */
  async etags(db: Queryable, ownerId: string, paths: readonly DrivePath[]): Promise<Map<DrivePath, string | null>> {
    const { rows } = await sql<{ path: string; etag: string | null }>`
      select path, etag from drive_indexed_folder
      where owner_id = ${ownerId} and key = any(${paths.map(keyOf)}::bytea[])`.execute(db)
    return new Map(rows.map(({ path, etag }) => [path, etag]))
  },

  /** Notes what is in a folder. @returns those of its entries that are new there or changed. */
  async note(tx: Tx, ownerId: string, path: DrivePath, entries: readonly Entry[]): Promise<Entry[]> {
    const key = keyOf(path)
    await sql`insert into drive_indexed_folder (owner_id, key, path) values (${ownerId}, ${key}, ${path})
      on conflict (owner_id, key) do update set etag = null`.execute(tx)
    const rows = entries.map((entry) => ({
      id: entry.fileId,
      name: entry.name,
      is_folder: entry.isFolder,
      version: versionOf(entry),
    }))
    const { rows: noted } = await sql<{ file_id: number }>`
      insert into drive_indexed_entry as entry (owner_id, folder_key, file_id, name, is_folder, version)
      select distinct on (id) ${ownerId}::uuid, ${key}::bytea, id, name, is_folder, version
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as told (id bigint, name text, is_folder boolean, version text)
      on conflict (owner_id, folder_key, file_id) do update set version = excluded.version, name = excluded.name
        where entry.version <> excluded.version
      returning file_id`.execute(tx)
    const changed = new Set(noted.map(({ file_id }) => file_id))
    return entries.filter(({ fileId }) => changed.has(fileId))
  },

  /**
   * Everything below is in the index: keeps the ETag and forgets what is not in the folder any more, with all below it.
   * @returns what lies nowhere now.
   */
  async complete(
    tx: Tx,
    ownerId: string,
    path: DrivePath,
    etag: string,
    entries: readonly Entry[],
  ): Promise<GoneItem[]> {
    const key = keyOf(path)
    const ids = entries.map(({ fileId }) => fileId)
    const folders = entries.filter(({ isFolder }) => isFolder).map(({ name }) => childOf(path, name))
    const { rows: gone } = await sql<GoneRow>`delete from drive_indexed_entry
      where owner_id = ${ownerId} and folder_key = ${key} and file_id <> all(${ids}::bigint[])
      returning file_id, is_folder`.execute(tx)
    const { rows: stale } = await sql<{ path: string }>`select path from drive_indexed_folder
      where owner_id = ${ownerId} and starts_with(path, ${path === rootPath ? '/' : `${path}/`}) and path <> '/'
        and strpos(substr(path, ${path === rootPath ? 2 : path.length + 2}), '/') = 0
        and path <> all(${folders}::text[])`.execute(tx)
    for (const one of stale) gone.push(...(await below(tx, ownerId, one.path)))
    await sql`update drive_indexed_folder set etag = ${etag} where owner_id = ${ownerId} and key = ${key}`.execute(tx)
    return nowhere(tx, ownerId, gone)
  },

  /** Something was taken away through ultid. @returns what lies nowhere now. */
  async forget(tx: Tx, ownerId: string, path: DrivePath, fileId: number): Promise<GoneItem[]> {
    const { rows } =
      await sql<GoneRow>`delete from drive_indexed_entry where owner_id = ${ownerId} and file_id = ${fileId}
      returning file_id, is_folder`.execute(tx)
    return nowhere(tx, ownerId, [...rows, ...(await below(tx, ownerId, path))])
  },

  /** Where a file lies; of several places any. */
  async placeOf(db: Queryable, ownerId: string, fileId: string): Promise<DrivePath | undefined> {
    const { rows } = await sql<{ path: string; name: string }>`
      select folder.path, entry.name from drive_indexed_entry as entry
      join drive_indexed_folder as folder on folder.owner_id = entry.owner_id and folder.key = entry.folder_key
      where entry.owner_id = ${ownerId} and entry.file_id = ${fileId}::bigint limit 1`.execute(db)
    return rows[0] && childOf(rows[0].path, rows[0].name)
  },

  /** Owners of whom something is new since. */
  async outdatedOwners(db: Queryable, limit: number): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      select root.owner_id from drive_root as root
      left join drive_indexed_folder as indexed on indexed.owner_id = root.owner_id and indexed.key = ${keyOf(rootPath)}
      where root.etag is distinct from indexed.etag and root.etag is not null
      order by root.active_at desc limit ${limit}`.execute(db)
    return rows.map(({ owner_id }) => owner_id)
  },
}

/** Forgets a folder and all below it. @returns what lay there. */
async function below(tx: Tx, ownerId: string, path: DrivePath): Promise<GoneRow[]> {
  const { rows } = await sql<GoneRow>`
    with folder as (
      select key from drive_indexed_folder
      where owner_id = ${ownerId} and (key = ${keyOf(path)} or starts_with(path, ${`${path}/`}))
    ), entry as (
      delete from drive_indexed_entry where owner_id = ${ownerId} and folder_key in (select key from folder)
      returning file_id, is_folder
    )
    select file_id, is_folder from entry`.execute(tx)
  await sql`delete from drive_indexed_folder
    where owner_id = ${ownerId} and (key = ${keyOf(path)} or starts_with(path, ${`${path}/`}))`.execute(tx)
  return rows
}

/** What was moved lies elsewhere. */
async function nowhere(tx: Tx, ownerId: string, gone: readonly GoneRow[]): Promise<GoneItem[]> {
  const { rows } = await sql<{ file_id: number }>`select distinct file_id from drive_indexed_entry
    where owner_id = ${ownerId} and file_id = any(${gone.map(({ file_id }) => file_id)}::bigint[])`.execute(tx)
  const elsewhere = new Set(rows.map(({ file_id }) => file_id))
  return gone
    .filter(({ file_id }) => !elsewhere.has(file_id))
    .map(({ file_id, is_folder }) => ({ id: String(file_id), type: typeOf({ isFolder: is_folder }) }))
}
