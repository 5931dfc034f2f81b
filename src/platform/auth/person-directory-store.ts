import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export type ListedPerson = {
  id: string
  email: string | null
  display_name: string | null
  username: string | null
  issuer: string
  subject: string
  groups: string[]
  created_at: Date
  last_seen_at: Date
}

const columns = [
  ...(['id', 'email', 'username', 'issuer', 'subject', 'groups', 'created_at', 'last_seen_at'] as const),
  sql<string | null>`coalesce(chosen_name, display_name)`.as('display_name'),
] as const

/** Everybody, for operators. */
export const personDirectoryStore = {
  /** In the order in which they came. */
  list: (db: Queryable, page: { after: string | undefined; limit: number }): Promise<ListedPerson[]> =>
    db
      .selectFrom('principal')
      .select(columns)
      .where('kind', '=', 'person')
      .$if(page.after !== undefined, (query) => query.where('id', '>', page.after ?? ''))
      .orderBy('id')
      .limit(page.limit)
      .execute(),

  find: (db: Queryable, id: string): Promise<ListedPerson | undefined> =>
    db.selectFrom('principal').select(columns).where('kind', '=', 'person').where('id', '=', id).executeTakeFirst(),

  /** Several people may have the same address: it is what the issuer says. */
  findByEmail: (db: Queryable, email: string): Promise<ListedPerson[]> =>
    db
      .selectFrom('principal')
      .select(columns)
      .where('kind', '=', 'person')
      .where(sql<boolean>`lower(email) = lower(${email})`)
      .orderBy('id')
      .limit(100)
      .execute(),
}
