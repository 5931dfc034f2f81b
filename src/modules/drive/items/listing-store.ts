import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { prepared } from '#platform/database/prepared.ts'
import { type DrivePath, keyOf } from '../drive-path.ts'
import type { Entry, Item } from './item.ts'
import type { ItemKind } from './item-kind.ts'

/** What is known of a folder, and whether it still holds. */
export type KnownFolder = {
  etag: string
  fileId: number
  permissions: string
  /** Another one with each listing that is kept. */
  version: string
  /** The ETag of the top under which the listing was right. */
  validUnder: string | null
}

export type KnownRoot = {
  etag: string | null
  generation: number
  /** How long ago Nextcloud was asked; null when never. */
  ageMs: number | null
  /** How long ago the owner was last known to be there. */
  idleMs: number
}

/** `said` is what is answered of it. */
export type ListedEntry = Entry & { said: string }
export type Listing = { etag: string; fileId: number; permissions: string; entries: readonly ListedEntry[] }

export const sortKeys = ['name', 'modified_at', 'size', 'kind'] as const
export type SortKey = (typeof sortKeys)[number]
export type Page = {
  sort: SortKey
  order: 'asc' | 'desc'
  kinds: readonly ItemKind[] | undefined
  /** The last row of the page before: its rank, its sort value as text, its name. */
  after: readonly [rank: number, value: string, name: string] | undefined
  limit: number
}

type LookedAt = {
  etag: string | null
  generation: number
  age_ms: number | null
  idle_ms: number
  folder_etag: string | null
  file_id: number
  permissions: string
  version: string
  valid_under: string | null
}

const lookStatement = `
  select root.etag, root.generation,
    (extract(epoch from now() - root.checked_at) * 1000)::float8 as age_ms,
    (extract(epoch from now() - root.active_at) * 1000)::float8 as idle_ms,
    folder.etag as folder_etag, folder.file_id, folder.permissions, folder.version, folder.valid_under
  from drive_root as root
  left join drive_folder as folder on folder.owner_id = root.owner_id and folder.key = $2
    and folder.said_under = folder.version
  where root.owner_id = $1`

export const listingStore = {
  async look(
    db: Queryable,
    ownerId: string,
    path: DrivePath,
  ): Promise<{ root: KnownRoot | undefined; folder: KnownFolder | undefined }> {
    const [row] = await prepared<LookedAt>(db, lookStatement, [ownerId, keyOf(path)])
    if (!row) return { root: undefined, folder: undefined }
    const { folder_etag: etag, file_id: fileId, permissions, version, valid_under: validUnder } = row
    return {
      root: { etag: row.etag, generation: row.generation, ageMs: row.age_ms, idleMs: row.idle_ms },
      folder: etag === null ? undefined : { etag, fileId, permissions, version, validUnder },
    }
  },

  /** The owner is there, and will be for a while. */
  async touchOwner(db: Queryable, ownerId: string): Promise<void> {
    await sql`insert into drive_root (owner_id) values (${ownerId})
      on conflict (owner_id) do update set active_at = now()`.execute(db)
  },

  /** What Nextcloud said of the top; nothing where something was changed through ultid since. */
  async noteRoot(
    db: Queryable,
    ownerId: string,
    told: { etag: string; generation: number },
  ): Promise<{ wasOther: boolean } | undefined> {
    const { rows } = await sql<{ was_other: boolean }>`
      with before as (select etag from drive_root where owner_id = ${ownerId})
      update drive_root as root set etag = ${told.etag}, checked_at = now() from before
      where root.owner_id = ${ownerId} and root.generation = ${told.generation}
      returning coalesce(before.etag <> root.etag, false) as was_other`.execute(db)
    return rows[0] && { wasOther: rows[0].was_other }
  },

  /** Owners who are there and of whom nothing was heard for a while; each is claimed by who asks. */
  async claimActive(
    db: Queryable,
    options: { idleSeconds: number; askedSeconds: number; limit: number },
  ): Promise<{ ownerId: string; generation: number }[]> {
    const { rows } = await sql<{ owner_id: string; generation: number }>`
      update drive_root as root set asked_at = now()
      from (
        select owner_id from drive_root
        where active_at > now() - make_interval(secs => ${options.idleSeconds})
          and asked_at < now() - make_interval(secs => ${options.askedSeconds})
          and (checked_at is null or checked_at < now() - make_interval(secs => ${options.askedSeconds}))
        order by asked_at limit ${options.limit} for update skip locked
      ) as due
      where root.owner_id = due.owner_id
      returning root.owner_id, root.generation`.execute(db)
    return rows.map((row) => ({ ownerId: row.owner_id, generation: row.generation }))
  },

  /** The folder is as it was. */
  async confirm(db: Queryable, ownerId: string, path: DrivePath, root: { etag: string; generation: number }) {
    await sql`update drive_folder as folder set valid_under = ${root.etag} from drive_root as root
      where folder.owner_id = ${ownerId} and folder.key = ${keyOf(path)}
        and root.owner_id = ${ownerId} and root.generation = ${root.generation}`.execute(db)
  },

  /**
   * Keeps a listing in place of the one before. Something that was changed through ultid since `generation` makes it one
   * that has to be looked at again.
   * @returns its version.
   */
  async replace(
    tx: Tx,
    ownerId: string,
    path: DrivePath,
    { etag, fileId, permissions, entries, ...told }: Listing & { rootEtag: string; generation: number },
  ): Promise<string> {
    const key = keyOf(path)
    const version = randomUUID()
    await sql`
      insert into drive_folder (owner_id, key, path, file_id, etag, permissions, valid_under, version, said_under)
      select ${ownerId}, ${key}, ${path}, ${fileId}, ${etag}, ${permissions},
        case when root.generation = ${told.generation} then ${told.rootEtag} end, ${version}::uuid, ${version}::uuid
      from drive_root as root where root.owner_id = ${ownerId} for share of root
      on conflict (owner_id, key) do update set file_id = excluded.file_id, etag = excluded.etag,
        permissions = excluded.permissions, valid_under = excluded.valid_under, version = excluded.version,
        said_under = excluded.said_under, read_on = current_date`.execute(tx)
    await sql`
      with told as (
        select * from jsonb_to_recordset(${JSON.stringify(entries.map(rowOf))}::jsonb) as told (
          name text, name_key text, rank smallint, file_id bigint, etag text, size bigint, kind text, content_type text,
          modified_at timestamptz, permissions text, is_favorite boolean, has_preview boolean, share_types smallint[],
          said text)
      ), gone as (
        delete from drive_entry as entry where owner_id = ${ownerId} and folder_key = ${key}
          and not exists (select from told where told.name = entry.name)
      )
      insert into drive_entry as entry (owner_id, folder_key, ${sql.raw(columns)})
      select ${ownerId}, ${key}, ${sql.raw(columns)} from told
      on conflict (owner_id, folder_key, name) do update set ${sql.raw(assignments)}
      where (${sql.raw(columnsOf('entry'))}) is distinct from (${sql.raw(columnsOf('excluded'))})`.execute(tx)
    return version
  },

  /** Nobody there any more, and what lay below. */
  async forget(db: Queryable, ownerId: string, path: DrivePath): Promise<void> {
    await sql`delete from drive_folder where owner_id = ${ownerId}
      and (key = ${keyOf(path)} or starts_with(path, ${path === '/' ? '/' : `${path}/`}))`.execute(db)
  },

  /** These folders were changed through ultid: whoever reads them next asks Nextcloud. */
  async outdate(tx: Tx, ownerId: string, folders: readonly DrivePath[]): Promise<void> {
    await sql`insert into drive_root (owner_id) values (${ownerId})
      on conflict (owner_id) do update set generation = drive_root.generation + 1, active_at = now()`.execute(tx)
    await sql`update drive_folder set valid_under = null
      where owner_id = ${ownerId} and key = any(${folders.map(keyOf)}::bytea[])`.execute(tx)
  },

  /** Something came to lie among the files of whoever has this name at Nextcloud, or went: their next reader asks it. */
  async outdateTop(tx: Tx, uid: string): Promise<void> {
    await sql`
      with root as (
        update drive_root as root set generation = generation + 1, checked_at = null from nextcloud_account as account
        where lower(account.uid) = lower(${uid}) and root.owner_id = account.owner_id
        returning root.owner_id
      )
      update drive_folder as folder set valid_under = null from root
      where folder.owner_id = root.owner_id and folder.key = ${keyOf('/')}`.execute(tx)
  },

  /** What is answered of the entries. */
  async page(db: Queryable, ownerId: string, path: DrivePath, page: Page): Promise<string[]> {
    const column = sql.raw(sortColumns[page.sort].column)
    const type = sql.raw(sortColumns[page.sort].type)
    const [beyond, way] = page.order === 'asc' ? [sql`>`, sql`asc`] : [sql`<`, sql`desc`]
    const [rank, value, name] = page.after ?? [0, '', '']
    const { rows } = await sql<{ said: string }>`
      select said from drive_entry
      where owner_id = ${ownerId} and folder_key = ${keyOf(path)}
        ${page.kinds ? sql`and kind = any(${[...page.kinds]}::text[])` : sql``}
        ${page.after ? sql`and (rank > ${rank} or rank = ${rank} and (${column}, name) ${beyond} (${value}::${type}, ${name}))` : sql``}
      order by rank, ${column} ${way}, name ${way} limit ${page.limit}`.execute(db)
    return rows.map(({ said }) => said)
  },

  /** Where the owner's file was seen last; of several places any. */
  async findPlace(db: Queryable, ownerId: string, fileId: number): Promise<DrivePath | undefined> {
    const { rows } = await sql<{ path: string; name: string }>`
      select folder.path, entry.name from drive_entry as entry
      join drive_folder as folder on folder.owner_id = entry.owner_id and folder.key = entry.folder_key
      where entry.owner_id = ${ownerId} and entry.file_id = ${fileId} limit 1`.execute(db)
    const [row] = rows
    return row && (row.path === '/' ? `/${row.name}` : `${row.path}/${row.name}`)
  },

  async findByName(db: Queryable, ownerId: string, folder: DrivePath, name: string): Promise<Item | undefined> {
    const { rows } = await sql<EntryRow>`select ${sql.raw(shown)} from drive_entry
      where owner_id = ${ownerId} and folder_key = ${keyOf(folder)} and name = ${name}`.execute(db)
    return rows[0] && itemOf(rows[0], folder)
  },

  /** Names in a folder that begin so. */
  async namesLike(db: Queryable, ownerId: string, folder: DrivePath, beginning: string): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`select name from drive_entry
      where owner_id = ${ownerId} and folder_key = ${keyOf(folder)} and starts_with(name, ${beginning})`.execute(db)
    return rows.map(({ name }) => name)
  },

  async touchFolder(db: Queryable, ownerId: string, path: DrivePath): Promise<void> {
    await sql`update drive_folder set read_on = current_date
      where owner_id = ${ownerId} and key = ${keyOf(path)} and read_on < current_date`.execute(db)
  },

  /** Folders that nobody has opened for a month; a cache is no archive. */
  async removeUnread(db: Queryable): Promise<void> {
    await sql`delete from drive_folder where read_on < current_date - 30`.execute(db)
  },
}

type EntryRow = {
  name: string
  name_key: string
  rank: number
  file_id: number
  etag: string
  size: number
  kind: string
  content_type: string | null
  modified_at: Date
  permissions: string
  is_favorite: boolean
  has_preview: boolean
  share_types: number[]
}

const names = [
  ...['name', 'name_key', 'rank', 'file_id', 'etag', 'size', 'kind', 'content_type', 'modified_at', 'permissions'],
  ...['is_favorite', 'has_preview', 'share_types', 'said'],
]
const columns = names.join(', ')
const shown = names.filter((name) => name !== 'name_key' && name !== 'said').join(', ')
const columnsOf = (table: string): string => names.map((name) => `${table}.${name}`).join(', ')
const assignments = names.map((name) => `${name} = excluded.${name}`).join(', ')

const sortColumns: Readonly<Record<SortKey, { column: string; type: string }>> = {
  name: { column: 'name_key', type: 'text' },
  modified_at: { column: 'modified_at', type: 'timestamptz' },
  size: { column: 'size', type: 'bigint' },
  kind: { column: 'kind', type: 'text' },
}

const rowOf = (entry: ListedEntry) => ({
  ...{ name: entry.name, name_key: nameKeyOf(entry.name), rank: entry.isFolder ? 0 : 1, file_id: entry.fileId },
  ...{ etag: entry.etag, size: entry.size, kind: entry.kind, content_type: entry.contentType },
  ...{ modified_at: entry.modifiedAt, permissions: entry.permissions, is_favorite: entry.isFavorite },
  ...{ has_preview: entry.hasPreview, share_types: entry.shareTypes, said: entry.said },
})

const itemOf = (row: EntryRow, folder: DrivePath): Item => ({
  ...{ name: row.name, path: folder === '/' ? `/${row.name}` : `${folder}/${row.name}`, fileId: row.file_id },
  ...{ isFolder: row.rank === 0, etag: row.etag, size: row.size, kind: row.kind as ItemKind },
  ...{ contentType: row.content_type, modifiedAt: row.modified_at, permissions: row.permissions },
  ...{ isFavorite: row.is_favorite, hasPreview: row.has_preview, shareTypes: row.share_types },
})

/** By which names are put in order: `Été 9` before `ete 10`. */
export const nameKeyOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/\d+/g, (digits) => digits.padStart(12, '0'))
    .slice(0, 400)
    .toWellFormed()
