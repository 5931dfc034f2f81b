import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { Composition } from './composition.ts'
import type { RepliedMessage } from './references.ts'

/** `queued` until the server has answered for good; `unknown` when the connection was lost before it did. */
export type RecipientState = 'queued' | 'accepted' | 'refused' | 'unknown'
export type OutboxRecipient = { email: string; state: RecipientState; response: string | null }
export type OutboxState = 'held' | 'queued' | 'transmitting' | 'sent' | 'failed' | 'unknown'

/** What servers told of a recipient after they had taken the message (RFC 3464 §2.3.3), or its own machine answered. */
export type RecipientReport = {
  action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded' | 'auto_replied'
  /** Enhanced status code (RFC 3463), `5.1.1`. */
  status: string | null
  reason: string | null
  /** The message that told it. */
  messageId: string
  at: string
}

/** What an owner sees of a message, and what can be changed of it. */
export type OutboxRow = {
  id: string
  mail_account_id: string
  message_id_header: string
  subject: string
  recipients: OutboxRecipient[]
  reports: Record<string, RecipientReport>
  state: OutboxState
  not_before: Date
  next_attempt_at: Date
  attempts: number
  last_response: string | null
  sent_at: Date | null
  created_at: Date
  draft_id: string | null
  /** Null when its owner did. */
  sent_by: { id: string; name: string } | null
  follow_up_at: Date | null
  follow_up_state: 'waiting' | 'answered' | 'due' | null
  /** Null once it is sent. */
  composition: Composition | null
}

export type NewOutboxRow = {
  id: string
  mailAccountId: string
  kind: 'message' | 'automatic_reply'
  messageIdHeader: string
  subject: string
  envelopeFrom: string
  recipients: OutboxRecipient[]
  requiresSmtpUtf8: boolean
  composition: Composition
  draftId: string | undefined
  sentBy: string | undefined
  followUpAt: Date | undefined
  isHeld: boolean
  notBefore: Date
  createdAt: Date
}

/** Of a message that has not left. */
export type ContentChange = Pick<
  NewOutboxRow,
  'subject' | 'envelopeFrom' | 'recipients' | 'requiresSmtpUtf8' | 'composition' | 'notBefore'
>

const columns = sql`id, mail_account_id, message_id_header, subject, recipients, reports, state, not_before,
  next_attempt_at, attempts, last_response, sent_at, created_at, draft_id, follow_up_at, follow_up_state,
  (select jsonb_build_object('id', id, 'name', coalesce(chosen_name, display_name, username, email, ''))
    from principal where principal.id = mail_outbox.sent_by) as sent_by`
/** Automatic replies are nobody's letters. */
const isShown = sql`kind = 'message'`

export type OutboxFilter = { state?: OutboxState | undefined; isFollowUpDue?: boolean | undefined }

export const outboxStore = {
  /** What a reply to a message refers to; undefined for a message that lies nowhere any more. */
  async findReplied(db: Queryable, ownerId: string, messageId: string): Promise<RepliedMessage | undefined> {
    const { rows } = await sql<RepliedMessage>`
      select message_id_header, in_reply_to, reference_headers from mail_message as message
      where owner_id = ${ownerId} and id = ${messageId} and exists (
        select from mail_location
        where owner_id = message.owner_id and message_id = message.id and gone_at is null)`.execute(db)
    return rows[0]
  },

  async insert(tx: Tx, ownerId: string, row: NewOutboxRow): Promise<OutboxRow> {
    const { rows } = await sql<OutboxRow>`
      insert into mail_outbox (owner_id, id, mail_account_id, kind, message_id_header, subject, envelope_from, recipients,
        requires_smtputf8, composition, draft_id, follow_up_at, follow_up_state, state, not_before, next_attempt_at,
        created_at, sent_by)
      values (${ownerId}, ${row.id}, ${row.mailAccountId}, ${row.kind}, ${row.messageIdHeader}, ${row.subject},
        ${row.envelopeFrom}, ${JSON.stringify(row.recipients)}::jsonb, ${row.requiresSmtpUtf8},
        ${JSON.stringify(row.composition)}::jsonb, ${row.draftId ?? null}, ${row.followUpAt ?? null},
        ${row.followUpAt ? 'waiting' : null}, ${row.isHeld ? 'held' : 'queued'}, ${row.notBefore}, ${row.notBefore},
        ${row.createdAt}, ${row.sentBy ?? null})
      returning ${columns}, composition`.execute(tx)
    return rows[0] as OutboxRow
  },

  async find(db: Queryable, ownerId: string, id: string): Promise<OutboxRow | undefined> {
    const { rows } = await sql<OutboxRow>`
      select ${columns}, composition from mail_outbox
      where owner_id = ${ownerId} and id = ${id} and ${isShown}`.execute(db)
    return rows[0]
  },

  /** Whoever moves it on waits, and then sees what became of it. */
  async lock(tx: Tx, ownerId: string, id: string): Promise<OutboxRow | undefined> {
    const { rows } = await sql<OutboxRow>`
      select ${columns}, composition from mail_outbox
      where owner_id = ${ownerId} and id = ${id} and ${isShown} for update`.execute(tx)
    return rows[0]
  },

  /** Its MIME, if it was made for an attempt that came to nothing, is made anew. */
  changeContent: (tx: Tx, ownerId: string, id: string, change: ContentChange) =>
    sql`update mail_outbox set subject = ${change.subject}, envelope_from = ${change.envelopeFrom},
        recipients = ${JSON.stringify(change.recipients)}::jsonb, requires_smtputf8 = ${change.requiresSmtpUtf8},
        composition = ${JSON.stringify(change.composition)}::jsonb, not_before = ${change.notBefore},
        next_attempt_at = ${change.notBefore}, mime = null, mime_object = null
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  setFollowUp: (tx: Tx, ownerId: string, id: string, at: Date | null) =>
    sql`update mail_outbox set follow_up_at = ${at}, follow_up_state = case when ${at}::timestamptz is null then null
        when follow_up_state = 'answered' then 'answered' else 'waiting' end
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  /** To be transmitted now, to those who are `queued`; its time of trying begins anew. */
  requeue: (tx: Tx, ownerId: string, id: string, recipients: readonly OutboxRecipient[]) =>
    sql`update mail_outbox set state = 'queued', recipients = ${JSON.stringify(recipients)}::jsonb,
        next_attempt_at = now(), tried_since = null, claimed_by = null, notice_state = 'none'
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  delete: (tx: Tx, ownerId: string, id: string) =>
    tx.deleteFrom('mail_outbox').where('owner_id', '=', ownerId).where('id', '=', id).execute(),

  /** Those of these objects that hold the MIME of a message. */
  async objectsOf(db: Queryable, messages: readonly { ownerId: string; id: string }[]): Promise<string[]> {
    const { rows } = await sql<{ mime_object: string }>`
      select row.mime_object
      from unnest(${messages.map(({ ownerId }) => ownerId)}::uuid[], ${messages.map(({ id }) => id)}::uuid[])
        as key (owner_id, id)
      join mail_outbox as row on row.owner_id = key.owner_id and row.id = key.id
      where row.mime_object is not null`.execute(db)
    return rows.map((row) => row.mime_object)
  },

  /** Newest first. Rows are made with whole milliseconds, so that the time in a cursor is exact. */
  async list(
    db: Queryable,
    ownerId: string,
    {
      after,
      limit,
      state,
      isFollowUpDue = false,
    }: OutboxFilter & { after: { createdAt: string; id: string } | undefined; limit: number },
  ): Promise<OutboxRow[]> {
    const conditions = [
      ...(after ? [sql`and (created_at, id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`] : []),
      ...(state ? [sql`and state = ${state}`] : []),
      // Said beside the state, so that the index of what is not sent serves all these lists.
      ...(state && state !== 'sent' ? [sql`and state <> 'sent'`] : []),
      ...(isFollowUpDue ? [sql`and follow_up_state = 'due'`] : []),
    ]
    const { rows } = await sql<OutboxRow>`
      select ${columns}, null as composition from mail_outbox
      where owner_id = ${ownerId} and ${isShown} ${sql.join(conditions, sql` `)}
      order by created_at desc, id desc limit ${limit}`.execute(db)
    return rows
  },

  /** How long an owner's messages are held before they leave. */
  async undoSeconds(db: Queryable, ownerId: string): Promise<number> {
    const { rows } = await sql<{ seconds: number }>`
      select send_undo_seconds as seconds from mail_preference where owner_id = ${ownerId}`.execute(db)
    return rows[0]?.seconds ?? defaultUndoSeconds
  },

  setUndoSeconds: (tx: Queryable, ownerId: string, seconds: number) =>
    sql`insert into mail_preference (owner_id, send_undo_seconds) values (${ownerId}, ${seconds})
      on conflict (owner_id) do update set send_undo_seconds = excluded.send_undo_seconds`.execute(tx),
}

/** What `mail_preference` says by default. */
const defaultUndoSeconds = 10
