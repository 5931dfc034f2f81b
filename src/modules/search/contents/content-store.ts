import { sql } from 'kysely'
import { tsvectors } from '#platform/database/binary-arrays.ts'
import type { Database } from '#platform/database/database.ts'

export type PendingContent = {
  type: string
  id: string
  version: string
  media_type: string
  filename: string | null
  attempts: number
}
type Key = { ownerId: string; type: string; id: string; version: string }

/** A content that came and went is written nowhere: all go by its version. */
export const contentStore = {
  /** The next one whose text is still to be found; it counts as tried from now on. */
  async take(database: Database, ownerId: string): Promise<PendingContent | undefined> {
    const { rows } = await sql<PendingContent>`
      with next as materialized (
        select type, id from search_document
        where owner_id = ${ownerId} and content_state = 'pending'
        order by content_attempts, put_at limit 1 for update skip locked
      )
      update search_document as document set content_attempts = document.content_attempts + 1, put_at = now()
      from next
      where document.owner_id = ${ownerId} and document.type = next.type and document.id = next.id
      returning document.type, document.id, coalesce(content_version, '') as version,
        coalesce(content_media_type, '') as media_type, filename, document.content_attempts as attempts`.execute(
      database,
    )
    return rows[0]
  },

  async storeText(database: Database, key: Key, text: string, words: Uint8Array): Promise<void> {
    await sql`update search_document set content_state = 'done', content_text = ${text}, content_attempts = 0,
        content_words = (select one from unnest(${tsvectors([words])}::tsvector[]) as one)
      where ${isThat(key)}`.execute(database)
  },

  async giveUp(database: Database, key: Key, state: 'unreadable' | 'too_large'): Promise<void> {
    await sql`update search_document set content_state = ${state} where ${isThat(key)}`.execute(database)
  },

  /** Owners whose contents wait for longer than what is under way takes. */
  async waitingOwners(database: Database): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      select distinct owner_id from search_document
      where content_state = 'pending' and put_at < now() - interval '5 minutes' limit 100`.execute(database)
    return rows.map((row) => row.owner_id)
  },
}

const isThat = ({ ownerId, type, id, version }: Key) => sql`owner_id = ${ownerId} and type = ${type} and id = ${id}
  and content_state = 'pending' and content_version is not distinct from ${version}`
