import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import type { StoredEvent } from './events.ts'

export const eventStreamStore = {
  /** The numbers of the oldest event that is kept, and of the last one ever. */
  async bounds(db: Queryable, ownerId: string): Promise<{ oldest: number | null; last: number }> {
    const { rows } = await sql<{ oldest: number | null; last: number }>`
      select (select min(seq) from event where owner_id = ${ownerId}) as oldest,
        coalesce((select last_seq from event_sequence where owner_id = ${ownerId}), 0) as last`.execute(db)
    return rows[0] ?? { oldest: null, last: 0 }
  },

  /** Events after `after` up to `upTo` of one of `types`, which may end in `*`. */
  async find(
    db: Queryable,
    ownerId: string,
    { after, upTo, types, limit }: { after: number; upTo: number; types: readonly string[]; limit: number },
  ): Promise<StoredEvent[]> {
    const patterns = types.map((type) => type.replaceAll(/[%_\\]/g, '\\$&').replace(/\*$/, '%'))
    const { rows } = await sql<StoredEvent>`
      select seq, type, data, created_at from event
      where owner_id = ${ownerId} and seq > ${after} and seq <= ${upTo} and type like any(${patterns}::text[])
      order by seq limit ${limit}`.execute(db)
    return rows
  },
}
