import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

export type Vacation = {
  is_enabled: boolean
  starts_at: Date
  ends_at: Date | null
  subject: string
  text_body: string | null
  html_body: string | null
  repeat_days: number
}

const columns = sql`is_enabled, starts_at, ends_at, subject, text_body, html_body, repeat_days`

export const vacationStore = {
  /** False for an account that is not the owner's; it cannot be deleted before the end of the transaction. */
  async hasAccount(tx: Queryable, ownerId: string, mailAccountId: string): Promise<boolean> {
    const { rows } = await sql`select from mail_account where owner_id = ${ownerId} and id = ${mailAccountId}
      for key share`.execute(tx)
    return rows.length > 0
  },

  async find(db: Queryable, ownerId: string, mailAccountId: string): Promise<Vacation | undefined> {
    const { rows } = await sql<Vacation>`
      select ${columns} from mail_vacation
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId}`.execute(db)
    return rows[0]
  },

  /** Waits for whoever writes it. */
  async lock(tx: Tx, ownerId: string, mailAccountId: string): Promise<Vacation | undefined> {
    const { rows } = await sql<Vacation>`
      select ${columns} from mail_vacation
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} for update`.execute(tx)
    return rows[0]
  },

  put: (tx: Tx, ownerId: string, mailAccountId: string, vacation: Vacation) =>
    sql`insert into mail_vacation (owner_id, mail_account_id, is_enabled, starts_at, ends_at, subject, text_body,
        html_body, repeat_days)
      values (${ownerId}, ${mailAccountId}, ${vacation.is_enabled}, ${vacation.starts_at}, ${vacation.ends_at},
        ${vacation.subject}, ${vacation.text_body}, ${vacation.html_body}, ${vacation.repeat_days})
      on conflict (owner_id, mail_account_id) do update set is_enabled = excluded.is_enabled,
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, subject = excluded.subject,
        text_body = excluded.text_body, html_body = excluded.html_body, repeat_days = excluded.repeat_days,
        updated_at = now()`.execute(tx),

  /** The end of the owner's latest vacation that is on; undefined when none is. */
  async latestEnd(tx: Tx, ownerId: string): Promise<Date | 'infinity' | undefined> {
    const { rows } = await sql<{ is_endless: boolean; ends_at: Date | null }>`
      select bool_or(ends_at is null) as is_endless, max(ends_at) as ends_at from mail_vacation
      where owner_id = ${ownerId} and is_enabled and coalesce(ends_at > now(), true) having count(*) > 0`.execute(tx)
    const [found] = rows
    return found && (found.is_endless ? 'infinity' : (found.ends_at ?? undefined))
  },

  /** Everybody is answered anew. */
  forgetReplies: (tx: Tx, ownerId: string, mailAccountId: string) =>
    tx
      .deleteFrom('mail_vacation_reply')
      .where('owner_id', '=', ownerId)
      .where('mail_account_id', '=', mailAccountId)
      .execute(),

  /** False when the sender was answered within the period: of two messages at once one is answered. */
  async claimReply(
    tx: Tx,
    ownerId: string,
    { mailAccountId, sender, repeatDays }: { mailAccountId: string; sender: string; repeatDays: number },
  ): Promise<boolean> {
    const result = await sql`
      insert into mail_vacation_reply as reply (owner_id, mail_account_id, sender)
      values (${ownerId}, ${mailAccountId}, ${sender.toLowerCase()})
      on conflict (owner_id, mail_account_id, sender) do update set replied_at = now()
      where reply.replied_at < now() - make_interval(days => ${repeatDays})`.execute(tx)
    return result.numAffectedRows === 1n
  },

  /** As whom the account writes, the default first. */
  async identities(db: Queryable, ownerId: string, mailAccountId: string): Promise<{ name: string; email: string }[]> {
    const { rows } = await sql<{ name: string; email: string }>`
      select name, email from mail_identity where owner_id = ${ownerId} and mail_account_id = ${mailAccountId}
      order by is_default desc, id`.execute(db)
    return rows
  },
}
