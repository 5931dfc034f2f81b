import { sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'
import type { Composition } from './composition.ts'
import type { Mime } from './outbox-mime.ts'
import type { OutboxRecipient, OutboxState } from './outbox-store.ts'
import { giveUpAfterHours } from './retry-schedule.ts'

/** A message of the outbox as those see it who move it on. */
export type OutgoingRow = {
  owner_id: string
  id: string
  mail_account_id: string
  kind: 'message' | 'automatic_reply'
  message_id_header: string
  subject: string
  envelope_from: string
  recipients: OutboxRecipient[]
  requires_smtputf8: boolean
  composition: Composition | null
  mime: Buffer | null
  mime_object: string | null
  size_bytes: number | null
  is_8bit: boolean
  state: OutboxState
  attempts: number
  claimed_by: string | null
  not_before: Date
  sent_at: Date | null
  follow_up_at: Date | null
  /** It has been tried for as long as any message is. */
  is_overdue: boolean
}

/** What matters of a message when its outcome is written down: without its content, which may be large. */
export type SettlingRow = Pick<
  OutgoingRow,
  'id' | 'mail_account_id' | 'kind' | 'message_id_header' | 'state' | 'recipients' | 'claimed_by' | 'follow_up_at'
> & { origin: Composition['origin'] | null; sent_by: string | null }

/** Messages go out account by account. */
export type OutboxAccount = { ownerId: string; mailAccountId: string }
/** The right to move a message on. */
export type Claim = { id: string; claimId: string }
export const claimOf = ({ id, claimed_by }: Pick<OutgoingRow, 'id' | 'claimed_by'>): Claim => ({
  id,
  claimId: claimed_by ?? '',
})

/** What a row becomes; `retryInSeconds` is when to look at it again. */
export type Settlement = {
  state: OutboxState
  recipients: OutboxRecipient[]
  lastResponse: string
  retryInSeconds: number
  /** The server has filed a copy by itself already. */
  isFiled?: boolean
}

const columns = sql`outbox.owner_id, outbox.id, outbox.mail_account_id, outbox.kind, outbox.message_id_header,
  outbox.subject, outbox.envelope_from, outbox.recipients, outbox.requires_smtputf8, outbox.composition, outbox.mime,
  outbox.mime_object, outbox.size_bytes, outbox.is_8bit, outbox.state, outbox.attempts, outbox.claimed_by,
  outbox.not_before, outbox.sent_at, outbox.follow_up_at,
  outbox.tried_since + make_interval(hours => ${giveUpAfterHours}) <= now() as is_overdue`

// Rows that are named are found one by one, by their primary key: the owner is joined, not compared with, and states are
// told by what they are not, or the planner walks all that its owner has in the outbox, for each of many messages anew.
const isOnItsWay = sql`outbox.state not in ('held', 'sent', 'failed', 'unknown')`
const claimRows = (ownerId: string, claims: readonly Claim[]) =>
  sql`unnest(${claims.map(() => ownerId)}::uuid[], ${claims.map(({ id }) => id)}::uuid[],
    ${claims.map(({ claimId }) => claimId)}::uuid[]) as claim (owner_id, id, claim_id)`

/**
 * `next_attempt_at` is when a row needs somebody: its next try or, while it is claimed, when that claim lapses. Each
 * attempt has a claim id that no other attempt has, so that not even the same process can go on with one that it lost.
 */
export const transmissionStore = {
  /**
   * Takes messages of an account that are due, the longest due first. As long as one stays `queued`, nothing can have
   * left.
   */
  async claimDue(
    db: Queryable,
    { ownerId, mailAccountId }: OutboxAccount,
    { claimId, limit, seconds }: { claimId: string; limit: number; seconds: number },
  ): Promise<OutgoingRow[]> {
    // Materialised: joined as it stands, the planner may run it anew for each row, and it would take more than `limit`.
    const { rows } = await sql<OutgoingRow>`
      with due as materialized (
        select id from mail_outbox
        where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and state in ('held', 'queued')
          and next_attempt_at <= now()
          and not exists (select from principal where id = ${ownerId} and suspended_at is not null)
        order by next_attempt_at limit ${limit} for update skip locked
      )
      update mail_outbox as outbox set state = 'queued', claimed_by = ${claimId}, attempts = outbox.attempts + 1,
        tried_since = coalesce(outbox.tried_since, now()),
        claimed_until = now() + make_interval(secs => ${seconds}),
        next_attempt_at = now() + make_interval(secs => ${seconds})
      from due
      where outbox.owner_id = ${ownerId} and outbox.id = due.id
      returning ${columns}`.execute(db)
    return rows.sort((one, other) => one.not_before.getTime() - other.not_before.getTime())
  },

  /** Takes a message whose transmission was cut off: its fate is to be found out. `claimed_until` is left as it was. */
  async claimLost(
    db: Queryable,
    { ownerId, mailAccountId }: OutboxAccount,
    { claimId, seconds }: { claimId: string; seconds: number },
  ): Promise<(OutgoingRow & { is_lost_long: boolean }) | undefined> {
    const { rows } = await sql<OutgoingRow & { is_lost_long: boolean }>`
      with due as materialized (
        select id from mail_outbox
        where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and state = 'transmitting'
          and next_attempt_at <= now()
        order by next_attempt_at limit 1 for update skip locked
      )
      update mail_outbox as outbox set claimed_by = ${claimId},
        next_attempt_at = now() + make_interval(secs => ${seconds})
      from due
      where outbox.owner_id = ${ownerId} and outbox.id = due.id
      returning ${columns},
        coalesce(outbox.claimed_until, '-infinity') + interval '10 minutes' <= now() as is_lost_long`.execute(db)
    return rows[0]
  },

  /**
   * The step before the first byte of content, which also keeps what is about to be sent. @returns those whose claim
   * still held; the others are somebody else's by now, or gone.
   */
  async markTransmitting(
    tx: Queryable,
    ownerId: string,
    marks: readonly (Claim & { mime: Mime | undefined })[],
    seconds: number,
  ): Promise<Set<string>> {
    const { rows } = await sql<{ id: string }>`
      update mail_outbox as outbox set state = 'transmitting',
        mime = coalesce(outbox.mime, mark.mime), mime_object = coalesce(outbox.mime_object, mark.mime_object),
        size_bytes = coalesce(outbox.size_bytes, mark.size), is_8bit = coalesce(mark.is_8bit, outbox.is_8bit),
        claimed_until = now() + make_interval(secs => ${seconds}),
        next_attempt_at = now() + make_interval(secs => ${seconds})
      from unnest(${marks.map(() => ownerId)}::uuid[], ${marks.map(({ id }) => id)}::uuid[],
        ${marks.map(({ claimId }) => claimId)}::uuid[],
        ${marks.map(({ mime }) => mime?.bytes ?? null)}::bytea[],
        ${marks.map(({ mime }) => mime?.object ?? null)}::text[],
        ${marks.map(({ mime }) => mime?.size ?? null)}::bigint[],
        ${marks.map(({ mime }) => mime?.isEightBit ?? null)}::boolean[])
        as mark (owner_id, id, claim_id, mime, mime_object, size, is_8bit)
      where outbox.owner_id = mark.owner_id and outbox.id = mark.id and outbox.claimed_by = mark.claim_id
        and ${isOnItsWay}
      returning outbox.id`.execute(tx)
    return new Set(rows.map(({ id }) => id))
  },

  /** A large MIME is kept at once: it took long to make. False when the claim is somebody else's by now. */
  async keepMime(db: Queryable, ownerId: string, { id, claimId }: Claim, mime: Mime): Promise<boolean> {
    const result = await sql`
      update mail_outbox set mime_object = ${mime.object ?? null}, size_bytes = ${mime.size},
        is_8bit = ${mime.isEightBit}
      where owner_id = ${ownerId} and id = ${id} and claimed_by = ${claimId} and state = 'queued'`.execute(db)
    return result.numAffectedRows === 1n
  },

  /** Keeps claims alive. A `claimed_until` that has passed stays: it tells since when a transmission is lost. */
  renew: (db: Queryable, ownerId: string, claims: readonly Claim[], seconds: number) =>
    sql`update mail_outbox as outbox set
        claimed_until = case when outbox.claimed_until > now() then now() + make_interval(secs => ${seconds})
          else outbox.claimed_until end,
        next_attempt_at = now() + make_interval(secs => ${seconds})
      from ${claimRows(ownerId, claims)}
      where outbox.owner_id = claim.owner_id and outbox.id = claim.id and outbox.claimed_by = claim.claim_id`.execute(
      db,
    ),

  /** Gives back messages of which nothing has left. */
  release: (db: Queryable, ownerId: string, claims: readonly Claim[]) =>
    sql`update mail_outbox as outbox set state = 'queued', attempts = outbox.attempts - 1, claimed_by = null,
        next_attempt_at = now()
      from ${claimRows(ownerId, claims)}
      where outbox.owner_id = claim.owner_id and outbox.id = claim.id and outbox.claimed_by = claim.claim_id
        and ${isOnItsWay}`.execute(db),

  /** Puts off all that is due of an account whose server cannot be had, or has had enough. */
  postpone: (
    db: Queryable,
    { ownerId, mailAccountId }: OutboxAccount,
    { seconds, reason, isTrying }: { seconds: number; reason: string; isTrying: boolean },
  ) =>
    sql`update mail_outbox set next_attempt_at = now() + make_interval(secs => ${seconds}), last_response = ${reason},
        tried_since = case when ${isTrying} then coalesce(tried_since, now()) else tried_since end
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and state in ('held', 'queued')
        and next_attempt_at <= now()`.execute(db),

  async lockAll(tx: Tx, ownerId: string, ids: readonly string[]): Promise<Map<string, SettlingRow>> {
    const { rows } = await sql<SettlingRow>`
      select id, mail_account_id, kind, message_id_header, state, recipients, claimed_by, follow_up_at, sent_by,
        composition -> 'origin' as origin
      from mail_outbox
      where owner_id = ${ownerId} and id = any(${ids}::uuid[])
      order by id for update`.execute(tx)
    return new Map(rows.map((row) => [row.id, row]))
  },

  settleAll(tx: Tx, ownerId: string, settlements: readonly (Settlement & { id: string })[]) {
    const records = settlements.map(({ id, state, recipients, lastResponse, retryInSeconds, isFiled }) => ({
      ...{
        owner_id: ownerId,
        id,
        state,
        recipients,
        last_response: lastResponse,
        retry_in: retryInSeconds,
        is_filed: isFiled ?? false,
      },
      needs_notice: (state === 'sent' || state === 'failed') && recipients.some((one) => one.state === 'refused'),
    }))
    return sql`update mail_outbox as outbox set state = settled.state, recipients = settled.recipients,
        last_response = settled.last_response, claimed_by = null, claimed_until = least(outbox.claimed_until, now()),
        next_attempt_at = now() + make_interval(secs => settled.retry_in),
        filing_since = case when settled.state in ('sent', 'failed') then now() else outbox.filing_since end,
        sent_at = case when settled.state = 'sent' then coalesce(outbox.sent_at, now()) else outbox.sent_at end,
        composition = case when settled.state = 'sent' then null else outbox.composition end,
        sent_copy_state = case when settled.state <> 'sent' or outbox.sent_copy_state <> 'pending'
          then outbox.sent_copy_state when settled.is_filed then 'done' when outbox.kind = 'message' then 'pending'
          else 'skipped' end,
        notice_state = case when settled.needs_notice and outbox.kind = 'message' then 'pending'
          else outbox.notice_state end
      from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as settled (owner_id uuid, id uuid, state text,
        recipients jsonb, last_response text, retry_in float8, is_filed boolean, needs_notice boolean)
      where outbox.owner_id = settled.owner_id and outbox.id = settled.id`.execute(tx)
  },

  /** Accounts with what needs a transmission, or to be looked after one that was cut off: the longest due first. */
  async due(db: Database, limit: number): Promise<OutboxAccount[]> {
    const { rows } = await sql<OutboxAccount>`
      select owner_id as "ownerId", mail_account_id as "mailAccountId" from (
        select owner_id, mail_account_id, next_attempt_at from mail_outbox
        where state in ('held', 'queued', 'transmitting') and next_attempt_at <= now()
          and not exists (select from principal where id = mail_outbox.owner_id and suspended_at is not null)
        order by next_attempt_at limit ${limit}
      ) as due
      group by owner_id, mail_account_id order by min(next_attempt_at)`.execute(db)
    return rows
  },
}
