import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

export type SavedSearch = { id: string; name: string; q: string; types: string[]; sort: string; updated_at: Date }

const columns = ['id', 'name', 'q', 'types', 'sort', 'updated_at'] as const

export const savedSearchStore = {
  /** By their names. */
  list(
    db: Queryable,
    ownerId: string,
    { after, limit }: { after: { name: string; id: string } | undefined; limit: number },
  ): Promise<SavedSearch[]> {
    const isAfter = after
      ? sql<boolean>`(lower(name), id) > (lower(${after.name}), ${after.id}::uuid)`
      : sql<boolean>`true`
    return db
      .selectFrom('search_saved')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where(isAfter)
      .orderBy(sql`lower(name)`)
      .orderBy('id')
      .limit(limit)
      .execute()
  },

  find: (db: Queryable, ownerId: string, id: string): Promise<SavedSearch | undefined> =>
    db
      .selectFrom('search_saved')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .executeTakeFirst(),

  async count(db: Queryable, ownerId: string): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*) from search_saved where owner_id = ${ownerId}`.execute(db)
    return rows[0]?.count ?? 0
  },

  /** Undefined when the name is taken: the unique index decides. */
  insert: (tx: Tx, ownerId: string, search: Omit<SavedSearch, 'updated_at'>): Promise<SavedSearch | undefined> =>
    tx
      .insertInto('search_saved')
      .values({ owner_id: ownerId, ...search })
      .onConflict((conflict) => conflict.doNothing())
      .returning(columns)
      .executeTakeFirst(),

  isNameTaken: async (tx: Tx, ownerId: string, name: string, butOf: string): Promise<boolean> => {
    const found = await tx
      .selectFrom('search_saved')
      .select('id')
      .where('owner_id', '=', ownerId)
      .where(sql`lower(name)`, '=', sql`lower(${name})`)
      .where('id', '<>', butOf)
      .executeTakeFirst()
    return found !== undefined
  },

  update: (
    tx: Tx,
    ownerId: string,
    id: string,
    change: Partial<Omit<SavedSearch, 'id' | 'updated_at'>>,
  ): Promise<SavedSearch | undefined> =>
    tx
      .updateTable('search_saved')
      .set({ ...change, updated_at: sql`now()` })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .returning(columns)
      .executeTakeFirst(),

  async remove(tx: Tx, ownerId: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await tx
      .deleteFrom('search_saved')
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .executeTakeFirst()
    return numDeletedRows > 0n
  },
}
