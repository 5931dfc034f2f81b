import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export const lookupStore = {
  async hasEmail(db: Queryable, ownerId: string, email: string): Promise<boolean> {
    const { rows } = await sql`
      select 1 from contact where owner_id = ${ownerId} and emails @> array[${email}::text] limit 1`.execute(db)
    return rows.length > 0
  },
}
