import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'
import { cleanText, truncate } from './clean-text.ts'
import { previewOf, readableText } from './readable-text.ts'
import { addressWords } from './search-words.ts'

export type BodyRow = {
  messageId: string
  mailAccountId: string
  text: string | null
  html: string | null
  /** The server holds more than was fetched. */
  isTruncated: boolean
}

/** Characters kept of each form of a body. */
const maxBodyLength = 600_000

/** A tsvector holds 1,048,575 bytes; which text exceeds it depends on its words, so smaller cuts are tried in turn. */
const indexedLengths = [600_000, 200_000, 50_000, 5_000]

/**
 * Stores bodies with their preview, search row and `body_state`, one statement a table. Storing a body again replaces
 * it. A message that was deleted meanwhile is skipped.
 */
export async function storeBodies(tx: Tx, ownerId: string, rows: readonly BodyRow[]): Promise<void> {
  const readable = new Map(rows.map((row) => [row.messageId, readableText(row.text, row.html)]))
  const messages = await markStored(tx, ownerId, readable)
  const present = new Set(messages.map((message) => message.id))
  const kept = rows.filter((row) => present.has(row.messageId))
  if (kept.length === 0) return
  await insertBodies(tx, ownerId, kept)
  await indexWords(tx, ownerId, messages, readable)
}

type IndexedMessage = {
  id: string
  mail_account_id: string
  /** As PostgreSQL writes it: a Date would lose the microseconds. */
  received_at: string
  subject: string
  from_name: string
  from_email: string
  recipients: unknown
}

async function markStored(tx: Tx, ownerId: string, readable: Map<string, string>): Promise<IndexedMessage[]> {
  const ids = [...readable.keys()].sort()
  const previews = ids.map((id) => previewOf(readable.get(id) ?? ''))
  const { rows } = await sql<IndexedMessage>`
    update mail_message as message set preview = body.preview, body_state = 'stored'
    from unnest(${ids}::uuid[], ${previews}::text[]) as body (id, preview)
    where message.owner_id = ${ownerId} and message.id = body.id
    returning message.id, message.mail_account_id, message.received_at::text, message.subject, message.from_name,
      message.from_email, message.recipients`.execute(tx)
  return rows
}

async function insertBodies(tx: Tx, ownerId: string, rows: readonly BodyRow[]): Promise<void> {
  const cut = (body: string | null) => (body === null ? null : truncate(cleanText(body), maxBodyLength))
  const isCut = (row: BodyRow) => Math.max(row.text?.length ?? 0, row.html?.length ?? 0) > maxBodyLength
  await sql`
    insert into mail_body (owner_id, message_id, text_body, html_body, is_truncated)
    select ${ownerId}, body.* from unnest(${rows.map((row) => row.messageId)}::uuid[],
      ${rows.map((row) => cut(row.text))}::text[], ${rows.map((row) => cut(row.html))}::text[],
      ${rows.map((row) => row.isTruncated || isCut(row))}::boolean[]) as body
    on conflict (owner_id, message_id) do update set text_body = excluded.text_body,
      html_body = excluded.html_body, is_truncated = excluded.is_truncated, fetched_at = now()`.execute(tx)
}

async function indexWords(tx: Tx, ownerId: string, messages: IndexedMessage[], readable: Map<string, string>) {
  for (const length of indexedLengths) {
    await sql`savepoint words`.execute(tx)
    try {
      await insertWords(tx, ownerId, messages, (id) => truncate(readable.get(id) ?? '', length))
      await sql`release savepoint words`.execute(tx)
      return
    } catch (error) {
      // program_limit_exceeded: "string is too long for tsvector"
      if ((error as { code?: string }).code !== '54000' || length === indexedLengths.at(-1)) throw error
      await sql`rollback to savepoint words`.execute(tx)
    }
  }
}

async function insertWords(tx: Tx, ownerId: string, messages: IndexedMessage[], textOf: (id: string) => string) {
  await sql`
    insert into mail_search (owner_id, message_id, mail_account_id, received_at, words)
    select ${ownerId}, message.id, message.mail_account_id, message.received_at,
      setweight(to_tsvector('ulti_words', message.subject), 'A')
      || setweight(to_tsvector('ulti_words', message.people), 'B')
      || setweight(to_tsvector('ulti_words', message.body), 'C')
    from unnest(${messages.map((message) => message.id)}::uuid[],
      ${messages.map((message) => message.mail_account_id)}::uuid[],
      ${messages.map((message) => message.received_at)}::timestamptz[],
      ${messages.map((message) => message.subject)}::text[], ${messages.map(peopleOf)}::text[],
      ${messages.map((message) => textOf(message.id))}::text[])
      as message (id, mail_account_id, received_at, subject, people, body)
    on conflict (owner_id, message_id) do update set received_at = excluded.received_at, words = excluded.words`.execute(
    tx,
  )
}

function peopleOf(message: IndexedMessage): string {
  const recipients = (message.recipients ?? {}) as Record<string, Array<{ name?: string; email?: string }>>
  return addressWords([{ name: message.from_name, email: message.from_email }, ...Object.values(recipients).flat()])
}
