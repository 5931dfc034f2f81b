import { sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'
import type { OutboxRecipient } from './outbox-store.ts'
import { giveUpAfterHours } from './retry-schedule.ts'
import type { Claim, OutboxAccount } from './transmission-store.ts'

export type FilingRow = {
  owner_id: string
  id: string
  message_id_header: string
  subject: string
  recipients: OutboxRecipient[]
  mime: Buffer | null
  mime_object: string | null
  sent_at: Date | null
  sent_copy_state: 'pending' | 'appending' | 'done' | 'skipped'
  notice_state: 'none' | 'pending' | 'appending' | 'done'
  /** Whom the account writes as. */
  account_email: string
  /** How long it has been tried. */
  age_seconds: number
  is_overdue: boolean
}

export type FilingStates = Partial<Pick<FilingRow, 'sent_copy_state' | 'notice_state'>>

const assignments = ({ sent_copy_state, notice_state }: FilingStates) =>
  sql`sent_copy_state = coalesce(${sent_copy_state ?? null}, sent_copy_state),
    notice_state = coalesce(${notice_state ?? null}, notice_state)`

const isDue = sql`((state = 'sent' and sent_copy_state in ('pending', 'appending'))
  or notice_state in ('pending', 'appending')) and next_attempt_at <= now()`

/** The steps after the last attempt. `next_attempt_at` and the claim columns serve them as they served that. */
export const filingStore = {
  async claim(
    db: Queryable,
    { ownerId, mailAccountId }: OutboxAccount,
    { claimId, seconds }: { claimId: string; seconds: number },
  ): Promise<FilingRow | undefined> {
    const { rows } = await sql<FilingRow>`
      with due as materialized (
        select id from mail_outbox
        where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and ${isDue}
        order by next_attempt_at limit 1 for update skip locked
      )
      update mail_outbox as outbox set claimed_by = ${claimId},
        claimed_until = now() + make_interval(secs => ${seconds}),
        next_attempt_at = now() + make_interval(secs => ${seconds})
      from due, mail_account as account
      where outbox.owner_id = ${ownerId} and outbox.id = due.id
        and account.owner_id = outbox.owner_id and account.id = outbox.mail_account_id
      returning outbox.owner_id, outbox.id, outbox.message_id_header, outbox.subject, outbox.recipients, outbox.mime,
        outbox.mime_object, outbox.sent_at, outbox.sent_copy_state, outbox.notice_state, account.email as account_email,
        coalesce(extract(epoch from now() - outbox.filing_since), 0)::float8 as age_seconds,
        coalesce(outbox.filing_since + make_interval(hours => ${giveUpAfterHours}) <= now(), false) as is_overdue`.execute(
      db,
    )
    return rows[0]
  },

  /** That something is about to be written. False when the claim is somebody else's by now. */
  async begin(db: Queryable, ownerId: string, { id, claimId }: Claim, states: FilingStates): Promise<boolean> {
    const result = await sql`
      update mail_outbox set ${assignments(states)}
      where owner_id = ${ownerId} and id = ${id} and claimed_by = ${claimId}`.execute(db)
    return result.numAffectedRows === 1n
  },

  /** The end of it, and of the claim. */
  finish: (db: Queryable, ownerId: string, { id, claimId }: Claim, states: FilingStates) =>
    sql`update mail_outbox set ${assignments(states)}, claimed_by = null
      where owner_id = ${ownerId} and id = ${id} and claimed_by = ${claimId}`.execute(db),

  /** Gives the claim back. */
  release: (db: Queryable, ownerId: string, { id, claimId }: Claim) =>
    sql`update mail_outbox set claimed_by = null, next_attempt_at = now()
      where owner_id = ${ownerId} and id = ${id} and claimed_by = ${claimId}`.execute(db),

  /** Puts off all that is due of an account whose mailbox cannot be had. */
  postpone: (db: Queryable, { ownerId, mailAccountId }: OutboxAccount, seconds: number) =>
    sql`update mail_outbox set next_attempt_at = now() + make_interval(secs => ${seconds})
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and ${isDue}`.execute(db),

  async findSmtpHost(db: Queryable, { ownerId, mailAccountId }: OutboxAccount): Promise<string | undefined> {
    const { rows } = await sql<{ host: string }>`select smtp ->> 'host' as host from mail_account
      where owner_id = ${ownerId} and id = ${mailAccountId}`.execute(db)
    return rows[0]?.host
  },

  /** For an account whose provider files what it sends. */
  skipSentCopies: (db: Queryable, { ownerId, mailAccountId }: OutboxAccount) =>
    sql`update mail_outbox set sent_copy_state = 'skipped'
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and state = 'sent'
        and sent_copy_state in ('pending', 'appending')`.execute(db),

  /** The path of a folder of the account as the sync knows it. */
  async findPath(
    db: Queryable,
    { ownerId, mailAccountId }: OutboxAccount,
    role: 'sent' | 'inbox',
  ): Promise<string | undefined> {
    const row = await db
      .selectFrom('mail_folder')
      .select('path')
      .where('owner_id', '=', ownerId)
      .where('mail_account_id', '=', mailAccountId)
      .where('role', '=', role)
      .where('is_selectable', '=', true)
      .orderBy('path')
      .executeTakeFirst()
    return row?.path
  },

  /** Accounts of all owners with something to file. */
  async due(db: Database, limit: number): Promise<OutboxAccount[]> {
    const { rows } = await sql<OutboxAccount>`
      select owner_id as "ownerId", mail_account_id as "mailAccountId" from (
        select owner_id, mail_account_id, next_attempt_at from mail_outbox where ${isDue}
        order by next_attempt_at limit ${limit}
      ) as due
      group by owner_id, mail_account_id order by min(next_attempt_at)`.execute(db)
    return rows
  },

  /**
   * Forgets the content of some messages that were sent and filed, and automatic replies altogether.
   * @returns how many there were.
   */
  async forgetContent(tx: Tx, { keepDays, limit }: { keepDays: number; limit: number }): Promise<number> {
    const forgotten = await sql`
      update mail_outbox set mime = null, mime_object = null where (owner_id, id) in (
        select owner_id, id from mail_outbox
        where state = 'sent' and (mime is not null or mime_object is not null)
          and sent_copy_state in ('done', 'skipped') and notice_state in ('none', 'done')
          and filing_since < now() - make_interval(days => ${keepDays})
        order by filing_since limit ${limit})`.execute(tx)
    const deleted = await sql`
      delete from mail_outbox where (owner_id, id) in (
        select owner_id, id from mail_outbox
        where kind = 'automatic_reply' and state in ('sent', 'failed', 'unknown')
          and created_at < now() - make_interval(days => ${keepDays})
        order by created_at limit ${limit})`.execute(tx)
    return Number(forgotten.numAffectedRows ?? 0n) + Number(deleted.numAffectedRows ?? 0n)
  },
}
