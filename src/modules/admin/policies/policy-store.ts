import type { Queryable } from '#platform/database/database.ts'

export const policyStore = {
  /** The groups of a person, by the newest word of the sign-in service. */
  async groupsOf(db: Queryable, personId: string): Promise<string[]> {
    const row = await db.selectFrom('principal').select('groups').where('id', '=', personId).executeTakeFirst()
    return row?.groups ?? []
  },
}
