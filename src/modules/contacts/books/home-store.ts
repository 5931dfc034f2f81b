import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

/** When things of somebody's contacts were done last, as a whole. */
export const homeStore = {
  /** Notes that somebody's contacts are asked for; whoever is noted is kept fresh for a week. */
  async noteUse(db: Queryable, ownerId: string): Promise<void> {
    // Looked at first: an update that changes nothing would still lock the row, and be written.
    const { rows } = await sql`
      select 1 from contact_home where owner_id = ${ownerId} and used_at > now() - interval '1 hour'`.execute(db)
    if (rows.length > 0) return
    await sql`insert into contact_home (owner_id, checked_at) values (${ownerId}, 'epoch')
      on conflict (owner_id) do update set used_at = now()
      where contact_home.used_at < now() - interval '1 hour'`.execute(db)
  },

  /** Claims some whose books were not compared for ten minutes. */
  async claimStale(db: Queryable, limit: number): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      update contact_home set attempted_at = now() where owner_id in (
        select owner_id from contact_home
        where coalesce(attempted_at, '-infinity'::timestamptz) < now() - interval '10 minutes'
          and checked_at < now() - interval '10 minutes' and used_at > now() - interval '7 days'
        order by coalesce(attempted_at, '-infinity'::timestamptz) limit ${limit} for update skip locked
      ) returning owner_id`.execute(db)
    return rows.map(({ owner_id }) => owner_id)
  },

  /** True for the one who may gather now whom the owner wrote to: once a minute. */
  async claimGathering(db: Queryable, ownerId: string): Promise<boolean> {
    const { rows: recent } = await sql`
      select 1 from contact_home where owner_id = ${ownerId} and gathered_at > now() - interval '1 minute'`.execute(db)
    if (recent.length > 0) return false
    const { rows } = await sql`
      insert into contact_home (owner_id, checked_at, gathered_at) values (${ownerId}, 'epoch', now())
      on conflict (owner_id) do update set gathered_at = now()
      where coalesce(contact_home.gathered_at, '-infinity'::timestamptz) < now() - interval '1 minute'
      returning owner_id`.execute(db)
    return rows.length > 0
  },

  /** The message up to which the owner's were counted; the row is locked. */
  async gatheredAfter(tx: Tx, ownerId: string): Promise<string | undefined> {
    const row = await tx
      .selectFrom('contact_home')
      .select('gathered_after')
      .where('owner_id', '=', ownerId)
      .forUpdate()
      .executeTakeFirst()
    return row?.gathered_after ?? undefined
  },

  async noteGathered(tx: Tx, ownerId: string, after: string): Promise<void> {
    await tx.updateTable('contact_home').set({ gathered_after: after }).where('owner_id', '=', ownerId).execute()
  },
}
