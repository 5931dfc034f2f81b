import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

export type RecentQuery = { q: string; used_at: Date }

/** Older ones are forgotten. */
const kept = 100

export const recentQueryStore = {
  /** Newest first; those that begin with `prefix`, in any case, when it is given. */
  async list(db: Queryable, ownerId: string, limit: number, prefix = ''): Promise<RecentQuery[]> {
    const { rows } = await sql<RecentQuery>`
      select q, used_at from search_recent where owner_id = ${ownerId} and starts_with(q_key, ${prefix})
      order by used_at desc limit ${limit}`.execute(db)
    return rows
  },

  async note(tx: Tx, ownerId: string, q: string, key: string): Promise<void> {
    await sql`insert into search_recent as recent (owner_id, q_key, q) values (${ownerId}, ${key}, ${q})
      on conflict (owner_id, q_key) do update set q = excluded.q, used_at = now(), times = recent.times + 1`.execute(tx)
    await sql`delete from search_recent where owner_id = ${ownerId} and q_key in (
      select q_key from search_recent where owner_id = ${ownerId} order by used_at desc offset ${kept})`.execute(tx)
  },

  /** One of them, or all. */
  async forget(tx: Tx, ownerId: string, key: string | undefined): Promise<void> {
    const which = key === undefined ? sql`true` : sql`q_key = ${key}`
    await sql`delete from search_recent where owner_id = ${ownerId} and ${which}`.execute(tx)
  },
}
