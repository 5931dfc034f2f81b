import { sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'
import type { OutboxRecipient, OutboxState } from './outbox-store.ts'
import { giveUpAfterHours } from './retry-schedule.ts'

/** A message of the outbox as those see it who move it on. */
export type OutgoingRow = {
  owner_id: string
  id: string
  mail_account_id: string
  message_id_header: string
  envelope_from: string
  recipients: OutboxRecipient[]
  mime_object: string
  size_bytes: number
  state: OutboxState
  attempts: number
  claimed_by: string | null
  sent_at: Date | null
  /** It has been tried for as long as any message is. */
  is_overdue: boolean
}

export type OutboxRef = { ownerId: string; id: string }
export type Claim = OutboxRef & { claimId: string }

/** What a row becomes; `retryInSeconds` is when to look at it again. */
export type Settlement = {
  state: OutboxState
  recipients: OutboxRecipient[]
  lastResponse: string
  retryInSeconds: number
  /** The server has filed a copy by itself already. */
  isFiled?: boolean
}

const columns = sql`owner_id, id, mail_account_id, message_id_header, envelope_from, recipients, mime_object,
  size_bytes, state, attempts, claimed_by, sent_at,
  not_before + make_interval(hours => ${giveUpAfterHours}) <= now() as is_overdue`

/**
 * `next_attempt_at` is when a row needs somebody: its next try or, while it is claimed, when that claim lapses. Each
 * attempt has a claim id of its own, so that not even the same process can go on with an attempt that it lost.
 */
export const transmissionStore = {
  /** Takes a queued message that is due. As long as it stays `queued`, nothing can have left. */
  claim: (db: Queryable, { ownerId, id, claimId }: Claim, seconds: number) =>
    first(
      sql<OutgoingRow>`
      update mail_outbox set claimed_by = ${claimId}, attempts = attempts + 1,
        claimed_until = now() + make_interval(secs => ${seconds}),
        next_attempt_at = now() + make_interval(secs => ${seconds})
      where owner_id = ${ownerId} and id = ${id} and state = 'queued' and next_attempt_at <= now()
      returning ${columns}`.execute(db),
    ),

  /** Takes a message whose transmission was cut off: its fate is to be found out. `claimed_until` is left as it was. */
  claimLost: (db: Queryable, { ownerId, id, claimId }: Claim, seconds: number) =>
    first(
      sql<OutgoingRow & { is_lost_long: boolean }>`
      update mail_outbox set claimed_by = ${claimId}, next_attempt_at = now() + make_interval(secs => ${seconds})
      where owner_id = ${ownerId} and id = ${id} and state = 'transmitting' and next_attempt_at <= now()
      returning ${columns}, coalesce(claimed_until, '-infinity') + interval '10 minutes' <= now() as is_lost_long`.execute(
        db,
      ),
    ),

  /** The step before the first byte of content. False when the claim is somebody else's by now. */
  async markTransmitting(db: Queryable, { ownerId, id, claimId }: Claim, seconds: number): Promise<boolean> {
    const result = await sql`
      update mail_outbox set state = 'transmitting',
        claimed_until = now() + make_interval(secs => ${seconds}),
        next_attempt_at = now() + make_interval(secs => ${seconds})
      where owner_id = ${ownerId} and id = ${id} and claimed_by = ${claimId} and state = 'queued'`.execute(db)
    return result.numAffectedRows === 1n
  },

  /** Keeps a claim alive. A `claimed_until` that has passed stays: it tells since when a transmission is lost. */
  renew: (db: Queryable, { ownerId, id, claimId }: Claim, seconds: number) =>
    sql`update mail_outbox set
        claimed_until = case when claimed_until > now() then now() + make_interval(secs => ${seconds}) else claimed_until end,
        next_attempt_at = now() + make_interval(secs => ${seconds})
      where owner_id = ${ownerId} and id = ${id} and claimed_by = ${claimId}`.execute(db),

  lock: (tx: Tx, { ownerId, id }: OutboxRef) =>
    first(
      sql<OutgoingRow>`
      select ${columns} from mail_outbox where owner_id = ${ownerId} and id = ${id} for update`.execute(tx),
    ),

  settle: (tx: Tx, { ownerId, id }: OutboxRef, to: Settlement) =>
    sql`update mail_outbox set state = ${to.state}, recipients = ${JSON.stringify(to.recipients)}::jsonb,
        last_response = ${to.lastResponse}, claimed_by = null, claimed_until = least(claimed_until, now()),
        next_attempt_at = now() + make_interval(secs => ${to.retryInSeconds}),
        sent_at = case when ${to.state} = 'sent' then coalesce(sent_at, now()) end,
        sent_copy_state = case when ${to.isFiled ?? false} then 'done' else sent_copy_state end
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  /** What needs a transmission, or to be looked after one that was cut off: of all owners, the longest due first. */
  async due(db: Database, limit: number): Promise<OutboxRef[]> {
    const { rows } = await sql<OutboxRef>`
      select owner_id as "ownerId", id from mail_outbox
      where state in ('queued', 'transmitting') and next_attempt_at <= now()
      order by next_attempt_at limit ${limit}`.execute(db)
    return rows
  },
}

export async function first<Row>(result: Promise<{ rows: Row[] }>): Promise<Row | undefined> {
  return (await result).rows[0]
}
