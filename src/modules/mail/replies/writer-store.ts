import type { Database } from '#platform/database/database.ts'
import type { Writer } from './attribution.ts'

export const writerStore = {
  async find(db: Database, ownerId: string): Promise<Writer> {
    const row = await db
      .selectFrom('principal')
      .select(['locale', 'time_zone as timeZone'])
      .where('id', '=', ownerId)
      .executeTakeFirst()
    return row ?? { locale: null, timeZone: null }
  },
}
