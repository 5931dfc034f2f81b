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
  /** The HTML was not fetched yet; `storeHtml` brings it. A body that is complete by now is left as it is. */
  isHtmlPending?: boolean
}

export type HtmlRow = Pick<BodyRow, 'messageId' | 'html' | 'isTruncated'>

/** Characters kept of each form of a body. */
const maxBodyLength = 600_000

/** A tsvector holds 1,048,575 bytes; which text exceeds it depends on its words, so smaller cuts are tried in turn. */
const indexedLengths = [600_000, 200_000, 50_000, 5_000]
/** Below this no text does. */
const safeLength = 100_000

/**
 * Stores bodies with their preview, search row and `body_state`, all in two statements. Storing a body again replaces
 * it. A message that was deleted meanwhile is skipped.
 */
export async function storeBodies(tx: Tx, ownerId: string, rows: readonly BodyRow[]): Promise<void> {
  const readable = new Map(rows.map((row) => [row.messageId, readableText(row.text, row.html)]))
  const messages = await markStored(tx, ownerId, rows, readable)
  const records = rows.flatMap((row) => {
    const message = messages.get(row.messageId)
    return message ? bodyRecord(row, message, readable.get(row.messageId) ?? '') : []
  })
  if (records.length === 0) return
  for (const length of indexedLengths) if (await insertBodies(tx, ownerId, records, length)) return
}

/** Completes bodies that were stored without their HTML; those that are complete or gone by now are left alone. */
export async function storeHtml(tx: Tx, ownerId: string, rows: readonly HtmlRow[]): Promise<void> {
  const records = rows.map((row) => ({ id: row.messageId, html: cut(row.html), is_truncated: isTruncated(row) }))
  await sql`
    with body as materialized (
      select * from json_to_recordset(${JSON.stringify(records)}::json)
        as body (id uuid, html text, is_truncated boolean)
    ), completed as (
      update mail_message as message set body_state = 'stored', body_attempts = 0 from body
      where message.owner_id = ${ownerId} and message.id = body.id and message.body_state = 'indexed'
      returning message.id
    )
    update mail_body as kept set html_body = body.html, is_truncated = kept.is_truncated or body.is_truncated,
      fetched_at = now()
    from body join completed on completed.id = body.id
    where kept.owner_id = ${ownerId} and kept.message_id = body.id`.execute(tx)
}

type IndexedMessage = {
  id: string
  /** As PostgreSQL writes it: a Date would lose the microseconds. */
  received_at: string
  subject: string
  from_name: string
  from_email: string
  recipients: unknown
}

async function markStored(tx: Tx, ownerId: string, rows: readonly BodyRow[], readable: Map<string, string>) {
  const records = rows
    .map(({ messageId, isHtmlPending = false }) => ({
      id: messageId,
      preview: previewOf(readable.get(messageId) ?? ''),
      body_state: isHtmlPending ? 'indexed' : 'stored',
    }))
    // In one order for all transactions, so that none waits for another in a ring.
    .sort((one, other) => (one.id < other.id ? -1 : 1))
  const { rows: messages } = await sql<IndexedMessage>`
    update mail_message as message set preview = body.preview, body_state = body.body_state, body_attempts = 0
    from json_to_recordset(${JSON.stringify(records)}::json) as body (id uuid, preview text, body_state text)
    where message.owner_id = ${ownerId} and message.id = body.id
      and (body.body_state = 'stored' or message.body_state <> 'stored')
    returning message.id, message.received_at::text, message.subject, message.from_name, message.from_email,
      message.recipients`.execute(tx)
  return new Map(messages.map((message) => [message.id, message]))
}

type BodyRecord = ReturnType<typeof bodyRecord>

function bodyRecord(row: BodyRow, message: IndexedMessage, readable: string) {
  const text = cut(row.text)
  return {
    id: message.id,
    mail_account_id: row.mailAccountId,
    received_at: message.received_at,
    subject: message.subject,
    people: peopleOf(message),
    text,
    html: cut(row.html),
    // Sent once where both are the same.
    readable: readable === row.text ? null : truncate(readable, maxBodyLength),
    is_truncated: isTruncated(row),
  }
}

/** False when a text has more different words than fit, which only long ones have; nothing is stored then. */
async function insertBodies(tx: Tx, ownerId: string, records: readonly BodyRecord[], length: number) {
  const isSafe = records.every(({ text, readable }) => (readable ?? text ?? '').length <= safeLength)
  if (isSafe || length === indexedLengths.at(-1)) {
    await insertIndexed(tx, ownerId, records, length)
    return true
  }
  await sql`savepoint bodies`.execute(tx)
  try {
    await insertIndexed(tx, ownerId, records, length)
    await sql`release savepoint bodies`.execute(tx)
    return true
  } catch (error) {
    // program_limit_exceeded: "string is too long for tsvector"
    if ((error as { code?: string }).code !== '54000') throw error
    await sql`rollback to savepoint bodies`.execute(tx)
    return false
  }
}

async function insertIndexed(tx: Tx, ownerId: string, records: readonly BodyRecord[], length: number): Promise<void> {
  // For whoever has to merge the list of pending words: in pieces that fit here.
  await sql`select set_config('work_mem', '64MB', true)`.execute(tx)
  await sql`
    with body as materialized (
      select * from json_to_recordset(${JSON.stringify(records)}::json) as body (
        id uuid, mail_account_id uuid, received_at timestamptz, subject text, people text, text text, html text,
        readable text, is_truncated boolean)
    ), kept as (
      insert into mail_body (owner_id, message_id, text_body, html_body, is_truncated)
      select ${ownerId}, id, text, html, is_truncated from body
      on conflict (owner_id, message_id) do update set text_body = excluded.text_body,
        html_body = excluded.html_body, is_truncated = excluded.is_truncated, fetched_at = now()
    )
    insert into mail_search (owner_id, message_id, mail_account_id, received_at, words)
    select ${ownerId}, id, mail_account_id, received_at,
      setweight(to_tsvector('ulti_words', subject), 'A')
      || setweight(to_tsvector('ulti_words', people), 'B')
      || setweight(to_tsvector('ulti_words', left(coalesce(readable, text), ${length}::int)), 'C')
    from body
    on conflict (owner_id, message_id) do update set received_at = excluded.received_at, words = excluded.words`.execute(
    tx,
  )
}

function peopleOf(message: IndexedMessage): string {
  const recipients = (message.recipients ?? {}) as Record<string, Array<{ name?: string; email?: string }>>
  return addressWords([{ name: message.from_name, email: message.from_email }, ...Object.values(recipients).flat()])
}

const cut = (body: string | null) => (body === null ? null : truncate(cleanText(body), maxBodyLength))

const isTruncated = ({ isTruncated, ...row }: HtmlRow & { text?: string | null }) =>
  isTruncated || Math.max(row.text?.length ?? 0, row.html?.length ?? 0) > maxBodyLength
