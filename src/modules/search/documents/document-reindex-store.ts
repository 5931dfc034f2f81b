import { sql } from 'kysely'
import { texts, tsvectors } from '#platform/database/binary-arrays.ts'
import type { Tx } from '#platform/database/database.ts'
import type { Reindexable } from '../reindexing/reindexing.ts'
import { contentWords, ownWords } from './document-row.ts'
import type { DocumentPerson } from './search-document.ts'

const batchSize = 200

type Row = {
  type: string
  id: string
  title: string
  filename: string | null
  labels: string[]
  people: DocumentPerson[]
  body: string
  content_text: string | null
}

/** The words of documents, made anew of what was put. */
export const documentReindex: Reindexable = {
  name: 'documents',
  async reindex(tx: Tx, ownerId: string, position: string | null) {
    const [type, id] = position === null ? ['', ''] : (JSON.parse(position) as [string, string])
    const { rows } = await sql<Row>`
      select type, id, title, filename, labels, people, body, content_text from search_document
      where owner_id = ${ownerId} and (type, id) > (${type}, ${id})
      order by type, id limit ${batchSize} for update`.execute(tx)
    await sql`
      update search_document as document set own_words = made.own_words, content_words = made.content_words
      from unnest(${texts(rows.map((row) => row.type))}::text[], ${texts(rows.map((row) => row.id))}::text[],
        ${tsvectors(rows.map(ownWords))}::tsvector[],
        ${tsvectors(rows.map(({ content_text }) => (content_text === null ? null : contentWords(content_text))))}::tsvector[])
        as made (type, id, own_words, content_words)
      where document.owner_id = ${ownerId} and document.type = made.type and document.id = made.id`.execute(tx)
    const last = rows.at(-1)
    const next = last && rows.length === batchSize ? JSON.stringify([last.type, last.id]) : null
    return { next, rows: rows.length }
  },
}
