import { sql } from 'kysely'
import type { Reindexable } from '#modules/search/index.ts'
import { tsvectors, uuids } from '#platform/database/binary-arrays.ts'
import type { Tx } from '#platform/database/database.ts'
import { headerOf, indexedBody } from '../sync/indexed-body.ts'

const batchSize = 100

type Row = Parameters<typeof headerOf>[0] & { message_id: string; text: string | null; html: string | null }

/** The words of messages, made anew of their headers and stored bodies. */
export const mailReindex: Reindexable = {
  name: 'mail',
  async reindex(tx: Tx, ownerId: string, position: string | null) {
    // Whoever stores a body meanwhile waits for the end of this, and writes its words after ours.
    const { rows } = await sql<Row>`
      select body.message_id, body.text_body as text, body.html_body as html, message.subject, message.from_name as name,
        message.from_email as email, message.recipients
      from mail_body as body
      join mail_message as message on message.owner_id = ${ownerId} and message.id = body.message_id
      where body.owner_id = ${ownerId} and body.message_id > ${position ?? '00000000-0000-0000-0000-000000000000'}::uuid
      order by body.message_id limit ${batchSize} for update of body`.execute(tx)
    const words = rows.map((row) => {
      const body = { messageId: row.message_id, text: row.text, html: row.html, isTruncated: false }
      return indexedBody(body, headerOf(row)).words
    })
    await sql`
      insert into mail_search (owner_id, message_id, mail_account_id, received_at, words)
      select ${ownerId}, message.id, message.mail_account_id, message.received_at, made.words
      from unnest(${uuids(rows.map((row) => row.message_id))}::uuid[], ${tsvectors(words)}::tsvector[]) as made (id, words)
      join mail_message as message on message.owner_id = ${ownerId} and message.id = made.id
      on conflict (owner_id, message_id) do update set words = excluded.words`.execute(tx)
    const last = rows.at(-1)
    return { next: last && rows.length === batchSize ? last.message_id : null, rows: rows.length }
  },
}
