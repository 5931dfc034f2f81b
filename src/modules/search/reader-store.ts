import type { Database } from '#platform/database/database.ts'

export const readerStore = {
  /** The time zone that somebody has named; undefined for those who have not. */
  async zoneOf(db: Database, ownerId: string): Promise<string | undefined> {
    const row = await db.selectFrom('principal').select('time_zone').where('id', '=', ownerId).executeTakeFirst()
    return row?.time_zone ?? undefined
  },
}
