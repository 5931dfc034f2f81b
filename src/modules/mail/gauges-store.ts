import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

/** Accounts of one state. Those that wait for their person (paused, a refused password) are not late. */
export type AccountFigures = { state: string; count: number; late: number; oldestSeconds: number | null }

export type OutboxFigures = { state: string; count: number; oldestDueSeconds: number | null }

/** Over all owners, for operators. */
export const gaugesStore = {
  async accounts(db: Queryable, lateAfterSeconds: number): Promise<AccountFigures[]> {
    const { rows } = await sql<AccountFigures>`
      select state, count(*) as count,
        count(*) filter (where is_kept and age > ${lateAfterSeconds}) as late,
        max(age) filter (where is_kept) as "oldestSeconds"
      from (
        select state, extract(epoch from now() - coalesce(last_synced_at, created_at))::float8 as age,
          state not in ('paused', 'needs_reauthentication') and error_code is distinct from 'mail.authentication_failed' as is_kept
        from mail_account
      ) as account
      group by state`.execute(db)
    return rows
  },

  /** What is not at its end, each part by an index of its own: of what was sent there may be millions. */
  async outbox(db: Queryable): Promise<OutboxFigures[]> {
    const { rows } = await sql<OutboxFigures>`
      select state, count(*) as count,
        greatest(0, max(extract(epoch from now() - next_attempt_at)))::float8 as "oldestDueSeconds"
      from mail_outbox where state in ('queued', 'transmitting') group by state
      union all
      select state, count(*), null from mail_outbox where state in ('held', 'unknown') group by state`.execute(db)
    return rows
  },
}
