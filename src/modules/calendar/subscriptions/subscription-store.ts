import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export type SubscriptionRow = {
  calendar: string
  url: string
  http_etag: string | null
  refreshed_at: Date | null
  problem: string | null
}

const columns = sql`calendar, url, http_etag, refreshed_at, problem`

export const subscriptionStore = {
  async list(db: Queryable, ownerId: string): Promise<SubscriptionRow[]> {
    const { rows } = await sql<SubscriptionRow>`
      select ${columns} from calendar_subscription where owner_id = ${ownerId} order by calendar limit 200`.execute(db)
    return rows
  },

  async find(db: Queryable, ownerId: string, calendar: string): Promise<SubscriptionRow | undefined> {
    const { rows } = await sql<SubscriptionRow>`
      select ${columns} from calendar_subscription where owner_id = ${ownerId} and calendar = ${calendar}`.execute(db)
    return rows[0]
  },

  async add(db: Queryable, ownerId: string, calendar: string, url: string): Promise<void> {
    await sql`insert into calendar_subscription (owner_id, calendar, url) values (${ownerId}, ${calendar}, ${url})
      on conflict do nothing`.execute(db)
  },

  /** Those whose time has come; nobody else takes them for an hour. */
  async claim(db: Queryable, limit: number): Promise<{ owner_id: string; calendar: string }[]> {
    const { rows } = await sql<{ owner_id: string; calendar: string }>`
      update calendar_subscription set next_at = now() + interval '1 hour'
      where (owner_id, calendar) in (
        select owner_id, calendar from calendar_subscription where next_at <= now()
        order by next_at limit ${limit} for update skip locked
      )
      returning owner_id, calendar`.execute(db)
    return rows
  },

  async markRefreshed(
    db: Queryable,
    ownerId: string,
    calendar: string,
    outcome: { etag: string | null; problem: string | null },
  ): Promise<void> {
    await sql`update calendar_subscription set problem = ${outcome.problem},
        http_etag = case when ${outcome.problem}::text is null then ${outcome.etag} else http_etag end,
        refreshed_at = case when ${outcome.problem}::text is null then now() else refreshed_at end
      where owner_id = ${ownerId} and calendar = ${calendar}`.execute(db)
  },
}
