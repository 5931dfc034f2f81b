import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export type Original = { book: string; object: string; vcard: string }
/** Groups in which the kept contact took the place of others, by their uids. */
export type MovedMember = { book: string; object: string; uids: string[]; hasKept: boolean }
export type Originals = { contacts: Original[]; groups: MovedMember[]; keptUid: string }

export type MergeRow = {
  id: string
  path: string
  etag: string
  created_at: Date
  originals: Originals
  undone_at: Date | null
}

const columns = ['id', 'path', 'etag', 'created_at', 'undone_at', sql<Originals>`originals`.as('originals')] as const
const isRecent = sql<boolean>`created_at > now() - interval '30 days'`

export const mergeStore = {
  async insert(
    db: Queryable,
    ownerId: string,
    merge: { id: string; path: string; originals: Originals },
  ): Promise<void> {
    const originals = sql<string>`${JSON.stringify(merge.originals)}::jsonb`
    await db
      .insertInto('contact_merge')
      .values({ owner_id: ownerId, ...merge, originals, etag: '' })
      .execute()
  },

  async noteWritten(db: Queryable, ownerId: string, id: string, etag: string): Promise<void> {
    await db.updateTable('contact_merge').set({ etag }).where('owner_id', '=', ownerId).where('id', '=', id).execute()
  },

  async remove(db: Queryable, ownerId: string, id: string): Promise<void> {
    await db.deleteFrom('contact_merge').where('owner_id', '=', ownerId).where('id', '=', id).execute()
  },

  find: (db: Queryable, ownerId: string, id: string): Promise<MergeRow | undefined> =>
    db
      .selectFrom('contact_merge')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .where(isRecent)
      .executeTakeFirst(),

  /** Those that can be taken back, the newest first. */
  list: (db: Queryable, ownerId: string, page: { before: string | undefined; limit: number }): Promise<MergeRow[]> =>
    db
      .selectFrom('contact_merge')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where('undone_at', 'is', null)
      .where(isRecent)
      .$if(page.before !== undefined, (query) => query.where('id', '<', page.before ?? ''))
      .orderBy('id', 'desc')
      .limit(page.limit)
      .execute(),

  async noteUndone(db: Queryable, ownerId: string, id: string): Promise<void> {
    await db
      .updateTable('contact_merge')
      .set({ undone_at: sql`now()` })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .execute()
  },

  async removeOld(db: Queryable): Promise<void> {
    await db.deleteFrom('contact_merge').where('created_at', '<', sql<Date>`now() - interval '30 days'`).execute()
  },
}
