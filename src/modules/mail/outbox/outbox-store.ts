import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

/** `queued` until the server has answered for good; `unknown` when the connection was lost before it did. */
export type RecipientState = 'queued' | 'accepted' | 'refused' | 'unknown'
export type OutboxRecipient = { email: string; state: RecipientState; response: string | null }
export type OutboxState = 'held' | 'queued' | 'transmitting' | 'sent' | 'failed' | 'unknown'

export type OutboxRow = {
  id: string
  mail_account_id: string
  message_id_header: string
  subject: string
  recipients: OutboxRecipient[]
  state: OutboxState
  not_before: Date
  attempts: number
  last_response: string | null
  sent_at: Date | null
  created_at: Date
}

export type NewOutboxRow = {
  id: string
  mailAccountId: string
  messageIdHeader: string
  subject: string
  envelopeFrom: string
  recipients: OutboxRecipient[]
  mimeObject: string
  sizeBytes: number
  createdAt: Date
}

export type Sender = { email: string; name: string }
export type RepliedMessage = {
  message_id_header: string | null
  in_reply_to: string | null
  reference_headers: string[]
}

const columns = sql`id, mail_account_id, message_id_header, subject, recipients, state, not_before, attempts,
  last_response, sent_at, created_at`

export const outboxStore = {
  /** The account to send from; it cannot be deleted before the end of the transaction. */
  async findSender(tx: Tx, ownerId: string, mailAccountId: string): Promise<Sender | undefined> {
    const { rows } = await sql<Sender>`
      select email, name from mail_account where owner_id = ${ownerId} and id = ${mailAccountId}
      for key share`.execute(tx)
    return rows[0]
  },

  /** What a reply to a message refers to; undefined for a message that lies nowhere any more. */
  async findReplied(tx: Tx, ownerId: string, messageId: string): Promise<RepliedMessage | undefined> {
    const { rows } = await sql<RepliedMessage>`
      select message_id_header, in_reply_to, reference_headers from mail_message as message
      where owner_id = ${ownerId} and id = ${messageId} and exists (
        select from mail_location
        where owner_id = message.owner_id and message_id = message.id and gone_at is null)`.execute(tx)
    return rows[0]
  },

  async insert(tx: Tx, ownerId: string, row: NewOutboxRow): Promise<OutboxRow> {
    const { rows } = await sql<OutboxRow>`
      insert into mail_outbox (owner_id, id, mail_account_id, message_id_header, subject, envelope_from, recipients,
        mime_object, size_bytes, not_before, next_attempt_at, created_at)
      values (${ownerId}, ${row.id}, ${row.mailAccountId}, ${row.messageIdHeader}, ${row.subject},
        ${row.envelopeFrom}, ${JSON.stringify(row.recipients)}::jsonb, ${row.mimeObject}, ${row.sizeBytes},
        ${row.createdAt}, ${row.createdAt}, ${row.createdAt})
      returning ${columns}`.execute(tx)
    const [inserted] = rows
    if (!inserted) throw new Error('insert answered no row')
    return inserted
  },

  async find(db: Queryable, ownerId: string, id: string): Promise<OutboxRow | undefined> {
    const { rows } = await sql<OutboxRow>`
      select ${columns} from mail_outbox where owner_id = ${ownerId} and id = ${id}`.execute(db)
    return rows[0]
  },

  /** The stored MIME of those of these messages that are there. */
  async objectsOf(db: Queryable, messages: readonly { ownerId: string; id: string }[]): Promise<string[]> {
    const { rows } = await sql<{ mime_object: string }>`
      select row.mime_object
      from unnest(${messages.map(({ ownerId }) => ownerId)}::uuid[], ${messages.map(({ id }) => id)}::uuid[])
        as key (owner_id, id)
      join mail_outbox as row on row.owner_id = key.owner_id and row.id = key.id`.execute(db)
    return rows.map((row) => row.mime_object)
  },

  /** Newest first. Rows are made with whole milliseconds, so that the time in a cursor is exact. */
  async list(
    db: Queryable,
    ownerId: string,
    { after, limit }: { after: { createdAt: string; id: string } | undefined; limit: number },
  ): Promise<OutboxRow[]> {
    const beyond = after ? sql`and (created_at, id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)` : sql``
    const { rows } = await sql<OutboxRow>`
      select ${columns} from mail_outbox where owner_id = ${ownerId} ${beyond}
      order by created_at desc, id desc limit ${limit}`.execute(db)
    return rows
  },
}
