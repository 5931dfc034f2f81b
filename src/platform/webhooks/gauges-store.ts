import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

type Figures = { endpoints: { state: string; count: number }[]; oldestDueSeconds: number }

/** Over all owners, for operators. */
export const webhookGaugesStore = {
  async look(db: Queryable): Promise<Figures> {
    const { rows: endpoints } = await sql<{ state: string; count: number }>`
      select state, count(*) as count from webhook_endpoint group by state`.execute(db)
    const { rows } = await sql<{ seconds: number }>`
      select greatest(0, extract(epoch from now() - (
        select next_attempt_at from webhook_delivery where state = 'pending' order by next_attempt_at limit 1
      )))::float8 as seconds`.execute(db)
    return { endpoints, oldestDueSeconds: rows[0]?.seconds ?? 0 }
  },
}
