import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { AccountKey } from './folder-store.ts'

const today = sql`(now() at time zone 'UTC')::date`

/** Bytes fetched for an account on one day; the row of a day that is over is written over. */
export const trafficStore = {
  async ofToday(db: Queryable, { ownerId, mailAccountId }: AccountKey): Promise<number> {
    const { rows } = await sql<{ bytes: number }>`
      select bytes from mail_traffic
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and day = ${today}`.execute(db)
    return rows[0]?.bytes ?? 0
  },

  /** Answers the sum of the day. */
  async add(tx: Tx, { ownerId, mailAccountId }: AccountKey, bytes: number): Promise<number> {
    const { rows } = await sql<{ bytes: number }>`
      insert into mail_traffic as traffic (owner_id, mail_account_id, day, bytes)
      values (${ownerId}, ${mailAccountId}, ${today}, ${bytes})
      on conflict (owner_id, mail_account_id) do update set day = excluded.day,
        bytes = excluded.bytes + case when traffic.day = excluded.day then traffic.bytes else 0 end
      returning bytes`.execute(tx)
    return rows[0]?.bytes ?? bytes
  },
}
