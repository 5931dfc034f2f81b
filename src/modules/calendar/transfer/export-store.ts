import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export const exportStore = {
  /** Objects of a calendar in the order of their names. */
  async contents(
    db: Queryable,
    ownerId: string,
    calendar: string,
    page: { after: string | undefined; limit: number },
  ): Promise<{ name: string; content: string }[]> {
    const beyond = page.after === undefined ? sql`` : sql`and name > ${page.after}`
    const { rows } = await sql<{ name: string; content: string }>`
      select name, content from calendar_object
      where owner_id = ${ownerId} and calendar = ${calendar} ${beyond} order by name limit ${page.limit}`.execute(db)
    return rows
  },
}
