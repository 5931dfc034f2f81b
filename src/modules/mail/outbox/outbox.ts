import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import type { Objects } from '#platform/objects/objects.ts'
import { composeMime, messageIdOf, oneLine } from './compose.ts'
import { type NewOutboxRow, outboxStore, type RepliedMessage } from './outbox-store.ts'
import { enqueueTransmission } from './outbox-wakeups.ts'
import { type NewMessageBody, type OutboxMessage, outboxMessageOf } from './outbox-wire.ts'
import { type Recipients, recipientsOf } from './recipients.ts'

export type OutboxDeps = { database: Database; transact: Transact; objects: Objects; now?: () => Date }

export type Outbox = ReturnType<typeof createOutbox>

/** What an owner sends. MIME and Message-ID are made once, before the row is committed, and kept. */
export function createOutbox(deps: OutboxDeps) {
  const { database, transact, objects, now = () => new Date() } = deps
  return {
    /**
     * Stores a message and queues it; a second request with the same key answers the first one's message.
     * @throws AppError `invalid_request_body` for bad recipients, `not_found` for an account or answered message that
     * is not the owner's, `idempotency_key_reused`.
     */
    async create(ownerId: string, body: NewMessageBody, idempotencyKey?: string): Promise<Answer<OutboxMessage>> {
      const recipients = recipientsOf(body)
      const id = newId()
      const mimeObject = `outbox/${ownerId}/${id}`
      const request = { ownerId, scope: 'mail.messages', key: idempotencyKey, body }
      const letter = { id, mimeObject, body, recipients, createdAt: now() }
      let isStored = false
      try {
        return await transact((tx) =>
          once(tx, request, async () => {
            const { row, mime } = await write(tx, ownerId, letter)
            await objects.put(mimeObject, mime)
            isStored = true
            const queued = await outboxStore.insert(tx, ownerId, row)
            await enqueueTransmission(tx, { ownerId, id }, row.createdAt)
            return { status: 202, body: outboxMessageOf(queued) }
          }),
        )
      } catch (error) {
        if (isStored) await objects.delete(mimeObject).catch(() => undefined)
        throw error
      }
    },

    /** Newest first. */
    async list(
      ownerId: string,
      { cursor, limit }: { cursor: string | undefined; limit: number },
    ): Promise<{ items: OutboxMessage[]; next_cursor: string | null }> {
      const after = cursor === undefined ? undefined : readCursor(cursor)
      const found = await outboxStore.list(database, ownerId, { after, limit: limit + 1 })
      const rows = found.slice(0, limit)
      const last = rows.at(-1)
      const key = last && [last.created_at.toISOString().replace('Z', '000Z'), last.id]
      return {
        items: rows.map(outboxMessageOf),
        next_cursor: key && found.length > limit ? encodeCursor(key) : null,
      }
    },

    /** @throws AppError `not_found`. */
    async view(ownerId: string, id: string): Promise<OutboxMessage> {
      const row = await outboxStore.find(database, ownerId, id)
      if (!row) throw notFound('message in the outbox')
      return outboxMessageOf(row)
    },
  }
}

type NewLetter = { id: string; mimeObject: string; body: NewMessageBody; recipients: Recipients; createdAt: Date }

async function write(tx: Tx, ownerId: string, letter: NewLetter): Promise<{ row: NewOutboxRow; mime: Buffer }> {
  const { id, mimeObject, body, recipients, createdAt } = letter
  const sender = await outboxStore.findSender(tx, ownerId, body.mail_account_id)
  if (!sender) throw notFound('mail account')
  const reply = await replyHeaders(tx, ownerId, body.in_reply_to_message_id)
  const messageIdHeader = messageIdOf(id, sender.email)
  const subject = oneLine(body.subject ?? '')
  const mime = await composeMime({
    messageId: messageIdHeader,
    date: createdAt,
    from: sender,
    to: recipients.to,
    cc: recipients.cc,
    subject,
    text: body.text,
    html: body.html,
    ...reply,
  })
  const row = {
    id,
    mailAccountId: body.mail_account_id,
    messageIdHeader,
    subject,
    envelopeFrom: sender.email,
    recipients: recipients.envelope.map((email) => ({ email, state: 'queued' as const, response: null })),
    mimeObject,
    sizeBytes: mime.length,
    createdAt,
  }
  return { row, mime }
}

async function replyHeaders(tx: Tx, ownerId: string, messageId: string | undefined) {
  if (messageId === undefined) return { references: [] }
  const replied = await outboxStore.findReplied(tx, ownerId, messageId)
  if (!replied) throw notFound('message')
  return referencesTo(replied)
}

/** How many ancestors of a thread are named; the first one and the latest say all that is needed. */
const maxReferences = 20

/** RFC 5322 §3.6.4: the parent's references, or else what it answers itself, and then the parent. */
function referencesTo({ message_id_header: parent, in_reply_to, reference_headers }: RepliedMessage) {
  if (!parent) return { references: [] }
  const ancestors = reference_headers.length > 0 ? reference_headers : in_reply_to ? [in_reply_to] : []
  const all = [...new Set([...ancestors, parent])]
  const references = all.length > maxReferences ? [...all.slice(0, 1), ...all.slice(1 - maxReferences)] : all
  return { inReplyTo: parent, references }
}

function readCursor(cursor: string) {
  const [createdAt, id] = decodeCursor(cursor, ['time', 'uuid'])
  return { createdAt, id }
}
