import { sql } from 'kysely'
import type { Database, Queryable } from '#platform/database/database.ts'
import { giveUpAfterHours } from './retry-schedule.ts'
import { type Claim, first, type OutboxRef } from './transmission-store.ts'

export type SentRow = {
  owner_id: string
  id: string
  mail_account_id: string
  message_id_header: string
  mime_object: string
  sent_at: Date
  smtp_host: string
  /** Seconds since it was sent. */
  age_seconds: number
  is_overdue: boolean
}

/** The step after sending. `next_attempt_at` and the claim columns serve it as they served the transmission. */
export const sentCopyStore = {
  claim: (db: Queryable, { ownerId, id, claimId }: Claim, seconds: number) =>
    first(
      sql<SentRow>`
      update mail_outbox as outbox set claimed_by = ${claimId},
        claimed_until = now() + make_interval(secs => ${seconds}),
        next_attempt_at = now() + make_interval(secs => ${seconds})
      from mail_account as account
      where outbox.owner_id = ${ownerId} and outbox.id = ${id} and outbox.state = 'sent'
        and outbox.sent_copy_state in ('pending', 'appending') and outbox.next_attempt_at <= now()
        and account.owner_id = outbox.owner_id and account.id = outbox.mail_account_id
      returning outbox.owner_id, outbox.id, outbox.mail_account_id, outbox.message_id_header, outbox.mime_object,
        outbox.sent_at, account.smtp ->> 'host' as smtp_host,
        extract(epoch from now() - outbox.sent_at)::float8 as age_seconds,
        outbox.sent_at + make_interval(hours => ${giveUpAfterHours}) <= now() as is_overdue`.execute(db),
    ),

  /** False when the claim is somebody else's by now. */
  async setState(
    db: Queryable,
    { ownerId, id, claimId }: Claim,
    state: 'appending' | 'done' | 'skipped',
  ): Promise<boolean> {
    const result = await sql`
      update mail_outbox set sent_copy_state = ${state}
      where owner_id = ${ownerId} and id = ${id} and claimed_by = ${claimId}`.execute(db)
    return result.numAffectedRows === 1n
  },

  /** Gives the claim back, to be taken again in `seconds`. */
  release: (db: Queryable, { ownerId, id, claimId }: Claim, seconds: number) =>
    sql`update mail_outbox set claimed_by = null, next_attempt_at = now() + make_interval(secs => ${seconds})
      where owner_id = ${ownerId} and id = ${id} and claimed_by = ${claimId}`.execute(db),

  /** The path of the account's Sent folder as the sync knows it. */
  async findSentPath(db: Queryable, ownerId: string, mailAccountId: string): Promise<string | undefined> {
    const row = await db
      .selectFrom('mail_folder')
      .select('path')
      .where('owner_id', '=', ownerId)
      .where('mail_account_id', '=', mailAccountId)
      .where('role', '=', 'sent')
      .where('is_selectable', '=', true)
      .orderBy('path')
      .executeTakeFirst()
    return row?.path
  },

  async due(db: Database, limit: number): Promise<OutboxRef[]> {
    const { rows } = await sql<OutboxRef>`
      select owner_id as "ownerId", id from mail_outbox
      where state = 'sent' and sent_copy_state in ('pending', 'appending') and next_attempt_at <= now()
      order by next_attempt_at limit ${limit}`.execute(db)
    return rows
  },
}
