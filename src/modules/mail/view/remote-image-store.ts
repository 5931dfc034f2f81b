import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'

export type KeptImage = { object: string; contentType: string; sizeBytes: number }

export const remoteImageStore = {
  async find(db: Database, ownerId: string, addressHash: Buffer): Promise<KeptImage | undefined> {
    return db
      .selectFrom('mail_remote_image')
      .select(['object', 'content_type as contentType', 'size_bytes as sizeBytes'])
      .where('owner_id', '=', ownerId)
      .where('address_hash', '=', addressHash)
      .executeTakeFirst()
  },

  /** Replaces what was kept under that address. */
  async keep(
    db: Database,
    ownerId: string,
    addressHash: Buffer,
    { object, contentType, sizeBytes }: KeptImage,
  ): Promise<void> {
    const row = { object, content_type: contentType, size_bytes: sizeBytes, fetched_at: sql<Date>`now()` }
    await db
      .insertInto('mail_remote_image')
      .values({ owner_id: ownerId, address_hash: addressHash, ...row })
      .onConflict((conflict) => conflict.columns(['owner_id', 'address_hash']).doUpdateSet(row))
      .execute()
  },

  /** Forgets an owner's oldest images beyond `maxBytes` in all. @returns the objects that held them. */
  async trim(db: Database, ownerId: string, maxBytes: number): Promise<string[]> {
    const { rows } = await sql<{ object: string }>`
      delete from mail_remote_image as image
      using (
        select address_hash, sum(size_bytes) over (order by fetched_at desc, address_hash) as total
        from mail_remote_image where owner_id = ${ownerId}
      ) as newest
      where image.owner_id = ${ownerId} and image.address_hash = newest.address_hash and newest.total > ${maxBytes}
      returning image.object`.execute(db)
    return rows.map(({ object }) => object)
  },

  /** Forgets images fetched more than `days` ago. @returns the objects that held them. */
  async expire(db: Database, days: number, limit: number): Promise<string[]> {
    const { rows } = await sql<{ object: string }>`
      delete from mail_remote_image as image
      using (
        select owner_id, address_hash from mail_remote_image
        where fetched_at < now() - make_interval(days => ${days}) order by fetched_at limit ${limit}
      ) as old
      where image.owner_id = old.owner_id and image.address_hash = old.address_hash
      returning image.object`.execute(db)
    return rows.map(({ object }) => object)
  },

  async objectsOf(db: Database, objects: readonly { ownerId: string; object: string }[]): Promise<string[]> {
    const { rows } = await sql<{ object: string }>`
      select image.object
      from jsonb_to_recordset(${JSON.stringify(objects)}::jsonb) as named ("ownerId" uuid, object text)
      join mail_remote_image as image on image.owner_id = named."ownerId" and image.object = named.object`.execute(db)
    return rows.map(({ object }) => object)
  },
}
