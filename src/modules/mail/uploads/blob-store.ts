import { type RawBuilder, sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'

export type Blob = { sha256: Buffer; object: string; sizeBytes: number }
type BlobKey = { owner_id: string; sha256: Buffer }

/** Whether a draft or a message of the outbox that can be changed yet names a file by `member` of its attachments. */
const isAttached = (member: 'object' | 'id', table: 'blob' | 'upload') => {
  const attachment = sql`jsonb_build_array(jsonb_build_object(${sql.lit(member)}, ${sql.ref(`${table}.${member}`)}))`
  const owner = sql.ref(`${table}.owner_id`)
  return sql`(
    exists (select from mail_draft where owner_id = ${owner} and attachments @> ${attachment})
    or exists (select from mail_outbox where owner_id = ${owner} and composition is not null
      and composition -> 'attachments' @> ${attachment}))`
}

const isUnused = sql`not exists (
    select from mail_upload where owner_id = blob.owner_id and object = blob.object)
  and not ${isAttached('object', 'blob')}`

/** Bytes of an owner's files that something uses. */
export const usedBlobBytes = (ownerId: RawBuilder<unknown>) => sql`
  select coalesce(sum(blob.size_bytes), 0)::bigint from mail_blob as blob
  where blob.owner_id = ${ownerId} and not (${isUnused})`

/** Files by what is in them: an owner has the same bytes once. */
export const blobStore = {
  /** The object that holds these bytes: `blob.object`, or that which the owner has already. */
  async keep(tx: Tx, ownerId: string, blob: Blob): Promise<string> {
    for (;;) {
      await sql`insert into mail_blob (owner_id, sha256, object, size_bytes)
        values (${ownerId}, ${blob.sha256}, ${blob.object}, ${blob.sizeBytes})
        on conflict (owner_id, sha256) do nothing`.execute(tx)
      const { rows } = await sql<{ object: string }>`
        select object from mail_blob where owner_id = ${ownerId} and sha256 = ${blob.sha256} for key share`.execute(tx)
      // None when a collection removed it in between.
      if (rows[0]) return rows[0].object
    }
  },

  async usedBytes(db: Queryable, ownerId: string): Promise<number> {
    const { rows } = await sql<{ bytes: number }>`select (${usedBlobBytes(sql`${ownerId}::uuid`)}) as bytes`.execute(db)
    return rows[0]?.bytes ?? 0
  },

  /** Until the end of the transaction nobody else adds to what the owner keeps, who asks for this first. */
  async lockOwner(tx: Tx, ownerId: string): Promise<void> {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`mail_blob ${ownerId}`}, 0))`.execute(tx)
  },

  /** Removes uploads whose time is over, a few at once, but for those that a message uses. */
  removeExpired: (db: Queryable, limit: number) =>
    sql`delete from mail_upload as upload using (
        select owner_id, id from mail_upload as upload
        where expires_at <= now() and not ${isAttached('id', 'upload')}
        order by expires_at limit ${limit}
      ) as expired
      where upload.owner_id = expired.owner_id and upload.id = expired.id`.execute(db),

  /** The next blobs after a key, in the order of keys; undefined begins. */
  async walk(db: Database, after: BlobKey | undefined, limit: number): Promise<BlobKey[]> {
    const beyond = after ? sql`where (owner_id, sha256) > (${after.owner_id}::uuid, ${after.sha256}::bytea)` : sql``
    const { rows } = await sql<BlobKey>`
      select owner_id, sha256 from mail_blob ${beyond} order by owner_id, sha256 limit ${limit}`.execute(db)
    return rows
  },

  /**
   * Removes those of these blobs that nothing uses. @returns their objects, which nothing names any more.
   * Whoever attaches a file locks its blob first: it is locked here before the second look, which sees what was
   * attached meanwhile.
   */
  async removeUnused(tx: Tx, keys: readonly BlobKey[]): Promise<string[]> {
    const owners = keys.map((key) => key.owner_id)
    const hashes = keys.map((key) => key.sha256.toString('hex'))
    const named = sql`unnest(${owners}::uuid[], ${hashes}::text[]) as named (owner_id, sha256)`
    const { rows: locked } = await sql<{ owner_id: string; object: string }>`
      select blob.owner_id, blob.object from mail_blob as blob
      join ${named} on blob.owner_id = named.owner_id and blob.sha256 = decode(named.sha256, 'hex')
      where ${isUnused} for update of blob skip locked`.execute(tx)
    if (locked.length === 0) return []
    const { rows } = await sql<{ object: string }>`
      delete from mail_blob as blob
      using unnest(${locked.map((row) => row.owner_id)}::uuid[], ${locked.map((row) => row.object)}::text[])
        as locked (owner_id, object)
      where blob.owner_id = locked.owner_id and blob.object = locked.object and ${isUnused}
      returning blob.object`.execute(tx)
    return rows.map((row) => row.object)
  },

  /** Those of these objects that hold a blob. */
  async objectsOf(db: Queryable, blobs: readonly { ownerId: string; object: string }[]): Promise<string[]> {
    const { rows } = await sql<{ object: string }>`
      select blob.object
      from unnest(${blobs.map(({ ownerId }) => ownerId)}::uuid[], ${blobs.map(({ object }) => object)}::text[])
        as key (owner_id, object)
      join mail_blob as blob on blob.owner_id = key.owner_id and blob.object = key.object`.execute(db)
    return rows.map((row) => row.object)
  },
}
