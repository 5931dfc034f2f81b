import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'

export type PreferenceListing = { key: string; version: string; size_bytes: number; updated_at: Date }
export type NewPreference = { key: string; text: string; version: string }

export const preferenceStore = {
  find: (db: Database, ownerId: string, key: string): Promise<{ document: Json; version: string } | undefined> =>
    db
      .selectFrom('preference')
      .select(['document', 'version'])
      .where('owner_id', '=', ownerId)
      .where('key', '=', key)
      .executeTakeFirst(),

  list: (db: Database, ownerId: string, limit: number, afterKey: string): Promise<PreferenceListing[]> =>
    db
      .selectFrom('preference')
      .select(['key', 'version', 'size_bytes', 'updated_at'])
      .where('owner_id', '=', ownerId)
      .where('key', '>', afterKey)
      .orderBy('key')
      .limit(limit)
      .execute(),

  /** False when the key is taken, or when the owner has `maxKeys` already. */
  async insert(db: Database, ownerId: string, preference: NewPreference, maxKeys: number): Promise<boolean> {
    const { numAffectedRows = 0n } = await sql`
      insert into preference (owner_id, key, document, version, size_bytes)
      select ${ownerId}, ${preference.key}, ${preference.text}::json, ${preference.version}::uuid, ${sizeOf(preference)}
      where (select count(*) from preference where owner_id = ${ownerId}) < ${maxKeys}::int
      on conflict do nothing`.execute(db)
    return numAffectedRows > 0n
  },

  /** False when the document is not there, or not in one of `versions`; undefined stands for any. */
  async update(
    db: Database,
    ownerId: string,
    preference: NewPreference,
    versions: readonly string[] | undefined,
  ): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('preference')
      .set({
        document: sql`${preference.text}::json`,
        ...{ version: preference.version, size_bytes: sizeOf(preference), updated_at: sql`now()` },
      })
      .where('owner_id', '=', ownerId)
      .where('key', '=', preference.key)
      .$if(versions !== undefined, (query) => query.where(isAmong(versions ?? [])))
      .executeTakeFirst()
    return numUpdatedRows > 0n
  },

  async remove(db: Database, ownerId: string, key: string, versions: readonly string[] | undefined): Promise<boolean> {
    const { numDeletedRows } = await db
      .deleteFrom('preference')
      .where('owner_id', '=', ownerId)
      .where('key', '=', key)
      .$if(versions !== undefined, (query) => query.where(isAmong(versions ?? [])))
      .executeTakeFirst()
    return numDeletedRows > 0n
  },
}

const isAmong = (versions: readonly string[]) => sql<boolean>`version = any(${[...versions]}::uuid[])`

const sizeOf = ({ text }: NewPreference): number => Buffer.byteLength(text)
