import { sql } from 'kysely'
import type { SendLimits } from '#integrations/smtp/send-limits.ts'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { OutboxAccount } from './transmission-store.ts'

export type Allowance = { messages: number; recipients: number }

export const allowanceStore = {
  /** By which its provider is known. */
  async findServer(
    db: Queryable,
    { ownerId, mailAccountId }: OutboxAccount,
  ): Promise<{ host: string; username: string } | undefined> {
    const { rows } = await sql<{ host: string; username: string }>`
      select smtp ->> 'host' as host, smtp ->> 'username' as username from mail_account
      where owner_id = ${ownerId} and id = ${mailAccountId}`.execute(db)
    return rows[0]
  },

  /**
   * What an account may send now, locked: its two buckets, filled with the time that has passed. Whoever waited for the
   * lock began before who held it.
   */
  async lock(tx: Tx, { ownerId, mailAccountId }: OutboxAccount, limits: SendLimits): Promise<Allowance> {
    const { messagesPerMinute: minute, recipientsPerDay: day } = limits
    const { rows } = await sql<Allowance>`
      insert into mail_send_allowance as allowance (owner_id, mail_account_id, minute_tokens, day_tokens)
      values (${ownerId}, ${mailAccountId}, ${minute}, ${day})
      on conflict (owner_id, mail_account_id) do update set
        minute_tokens = least(${minute}::float8, allowance.minute_tokens
          + ${minute}::float8 / 60 * extract(epoch from greatest(now() - allowance.counted_at, '0'))),
        day_tokens = least(${day}::float8, allowance.day_tokens
          + ${day}::float8 / 86400 * extract(epoch from greatest(now() - allowance.counted_at, '0'))),
        counted_at = greatest(now(), allowance.counted_at)
      returning minute_tokens as messages, day_tokens as recipients`.execute(tx)
    return rows[0] as Allowance
  },

  take: (tx: Tx, { ownerId, mailAccountId }: OutboxAccount, taken: Allowance) =>
    sql`update mail_send_allowance set minute_tokens = minute_tokens - ${taken.messages},
        day_tokens = day_tokens - ${taken.recipients}
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId}`.execute(tx),
}
