import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'
import { type BodyColumns, bodyColumns, type HtmlColumns } from './body-columns.ts'
import { type FetchedBody, type HeaderRow, headerOf, indexedBody } from './indexed-body.ts'

/** Bodies of messages that came between two times, which is how what is pending of them is found. */
export type BodyBatchKey = { ownerId: string; mailAccountId: string; from: Date; to: Date }

/**
 * Stores bodies with their preview, search row and `body_state`. Storing a body again replaces it; a message that was
 * deleted meanwhile is skipped.
 */
export async function storeBodies(tx: Tx, ownerId: string, bodies: readonly FetchedBody[]): Promise<void> {
  const headers = await readHeaders(tx, ownerId, bodies)
  const indexed = bodies.flatMap((body) => {
    const header = headers.get(body.messageId)
    return header ? { header, body: indexedBody(body, header) } : []
  })
  for (const [mailAccountId, ours] of Map.groupBy(indexed, ({ header }) => header.mailAccountId)) {
    const key = { ownerId, mailAccountId, ...spanOf(ours.map(({ header }) => header.receivedAt)) }
    await storeIndexed(tx, key, bodyColumns(ours.map(({ body }) => body)))
  }
}

export function spanOf(times: readonly Date[]): Pick<BodyBatchKey, 'from' | 'to'> {
  const sorted = times.map((time) => time.getTime()).sort((a, b) => a - b)
  // A Date has no microseconds.
  return { from: new Date((sorted[0] ?? 0) - 1), to: new Date((sorted.at(-1) ?? 0) + 1) }
}

/**
 * The same as `storeBodies` with all that takes time done: one statement. Rows are named by their ids wherever they are
 * looked for: without statistics, as in a first sync, the planner would read all of an owner's for each batch.
 */
export async function storeIndexed(tx: Tx, key: BodyBatchKey, columns: BodyColumns): Promise<void> {
  const { ownerId, mailAccountId, from, to } = key
  const ids = buffer(columns.id)
  // For whoever has to merge the list of pending words: in pieces that fit here.
  await sql`select set_config('work_mem', '64MB', true)`.execute(tx)
  await sql`
    with body as materialized (
      select * from unnest(${ids}::uuid[], ${buffer(columns.text)}::text[], ${buffer(columns.html)}::text[],
        ${buffer(columns.preview)}::text[], ${buffer(columns.words)}::tsvector[],
        ${buffer(columns.isTruncated)}::boolean[], ${buffer(columns.isHtmlPending)}::boolean[])
        as body (id, text, html, preview, words, is_truncated, is_html_pending)
    ), done as (
      delete from mail_pending_body
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and form = 'words'
        and received_at between ${from} and ${to} and message_id = any(${ids}::uuid[])
    ), complete as (
      delete from mail_pending_body
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and form = 'html'
        and received_at between ${from} and ${to}
        and message_id = any(array(select id from body where not is_html_pending))
    ), message as (
      update mail_message as message set preview = body.preview, body_attempts = 0,
        body_state = case when body.is_html_pending then 'indexed' else 'stored' end
      from body
      where message.owner_id = ${ownerId} and message.id = any(${ids}::uuid[]) and message.id ${among(ids)}
        and message.id = body.id and (not body.is_html_pending or message.body_state <> 'stored')
      returning message.id, message.received_at, body.text, body.html, body.words, body.is_truncated,
        body.is_html_pending
    ), kept as (
      insert into mail_body (owner_id, message_id, text_body, html_body, is_truncated)
      select ${ownerId}, id, text, html, is_truncated from message
      on conflict (owner_id, message_id) do update set text_body = excluded.text_body,
        html_body = excluded.html_body, is_truncated = excluded.is_truncated, fetched_at = now(),
        clean_version = null
    ), found as (
      insert into mail_search (owner_id, message_id, mail_account_id, received_at, words)
      select ${ownerId}, id, ${mailAccountId}, received_at, words from message
      on conflict (owner_id, message_id) do update set received_at = excluded.received_at, words = excluded.words
    )
    insert into mail_pending_body (owner_id, mail_account_id, form, received_at, message_id)
    select ${ownerId}, ${mailAccountId}, 'html', received_at, id from message where is_html_pending
    on conflict do nothing`.execute(tx)
}

/** Completes bodies that were stored without their HTML; those that are complete or gone by now are left alone. */
export async function storeHtml(tx: Tx, key: BodyBatchKey, columns: HtmlColumns): Promise<void> {
  const { ownerId, mailAccountId, from, to } = key
  const ids = buffer(columns.id)
  await sql`
    with body as materialized (
      select * from unnest(${ids}::uuid[], ${buffer(columns.html)}::text[], ${buffer(columns.isTruncated)}::boolean[])
        as body (id, html, is_truncated)
    ), done as (
      delete from mail_pending_body
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and form = 'html'
        and received_at between ${from} and ${to} and message_id = any(${ids}::uuid[])
    ), message as (
      update mail_message set body_state = 'stored', body_attempts = 0
      where owner_id = ${ownerId} and id = any(${ids}::uuid[]) and id ${among(ids)} and body_state = 'indexed'
      returning id
    )
    update mail_body as kept set html_body = body.html, is_truncated = kept.is_truncated or body.is_truncated,
      fetched_at = now(), clean_version = null
    from body
    where kept.owner_id = ${ownerId} and kept.message_id = any(${ids}::uuid[]) and kept.message_id = body.id
      and kept.message_id in (select id from message)`.execute(tx)
}

/**
 * Said beside `= any(ids)`, of ids in their order: the planner takes a range for narrow and finds each by its key. Many
 * ids alone seem dearer to it than to read all that an owner has, as long as it believes that to be little.
 */
const among = (ids: Buffer) => sql`between (${ids}::uuid[])[1] and (${ids}::uuid[])[cardinality(${ids}::uuid[])]`

async function readHeaders(tx: Tx, ownerId: string, bodies: readonly FetchedBody[]) {
  const ids = bodies.map(({ messageId }) => messageId)
  const { rows } = await sql<HeaderRow & { id: string; mail_account_id: string; received_at: Date }>`
    select id, mail_account_id, received_at, subject, from_name as name, from_email as email, recipients
    from mail_message
    where owner_id = ${ownerId} and id = any(${ids}::uuid[])`.execute(tx)
  const header = (row: (typeof rows)[number]) => ({
    ...headerOf(row),
    mailAccountId: row.mail_account_id,
    receivedAt: row.received_at,
  })
  return new Map(rows.map((row) => [row.id, header(row)]))
}

/** What came from a thread is a plain Uint8Array. */
const buffer = ({ buffer: memory, byteOffset, byteLength }: Uint8Array) => Buffer.from(memory, byteOffset, byteLength)
