import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'
import { newId } from '#platform/ids.ts'

const installation = '00000000-0000-0000-0000-000000000000'

export const settingStore = {
  async all(db: Queryable): Promise<Map<string, Json>> {
    const rows = await db
      .selectFrom('installation_setting')
      .select(['key', 'value'])
      .where('owner_id', '=', installation)
      .execute()
    return new Map(rows.map(({ key, value }) => [key, value]))
  },

  /** Undefined while it was never set. */
  async find(db: Queryable, key: string): Promise<Json | undefined> {
    const row = await db
      .selectFrom('installation_setting')
      .select('value')
      .where('owner_id', '=', installation)
      .where('key', '=', key)
      .executeTakeFirst()
    return row?.value
  },

  /** Waits for whoever changes it; undefined while it was never set. */
  async lock(tx: Tx, key: string): Promise<Json | undefined> {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`installation_setting ${key}`}, 0))`.execute(tx)
    return this.find(tx, key)
  },

  async put(tx: Tx, key: string, value: Json): Promise<void> {
    const json = sql<Json>`${JSON.stringify(value)}::jsonb`
    await tx
      .insertInto('installation_setting')
      .values({ owner_id: installation, key, value: json, version: newId() })
      .onConflict((conflict) =>
        conflict.columns(['owner_id', 'key']).doUpdateSet({ value: json, version: newId(), updated_at: sql`now()` }),
      )
      .execute()
  },
}
