import type { Queryable } from '#platform/database/database.ts'

export const personStore = {
  async locale(db: Queryable, ownerId: string): Promise<string | null> {
    const row = await db.selectFrom('principal').select('locale').where('id', '=', ownerId).executeTakeFirst()
    return row?.locale ?? null
  },

  /** Where somebody lives, as far as their locale says it: `CH` of `fr-CH`. */
  async country(db: Queryable, ownerId: string): Promise<string | undefined> {
    const locale = await personStore.locale(db, ownerId)
    return locale ? new Intl.Locale(locale).maximize().region : undefined
  },
}
