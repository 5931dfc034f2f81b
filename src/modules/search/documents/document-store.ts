import { sql } from 'kysely'
import {
  arrayLiteral,
  bigints,
  booleans,
  jsonbs,
  texts,
  timestamps,
  tsvectors,
  uuids,
} from '#platform/database/binary-arrays.ts'
import type { Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import type { DocumentRow } from './document-row.ts'

export const documentStore = {
  /** @returns owners of whom contents are to be extracted. */
  async put(tx: Tx, rows: readonly DocumentRow[]): Promise<string[]> {
    const { rows: stored } = await sql<{ owner_id: string; content_state: string }>`
      insert into search_document as document (owner_id, type, id, hit_id, title, body, happened_at, who_name, who_email,
        people, container_ids, container_names, labels, filename, size_bytes, is_starred, has_attachments, link, place,
        own_words, content_version, content_media_type, content_state)
      select distinct on (owner_id, type, id) owner_id, type, id, hit_id, title, body, happened_at, who_name, who_email,
        people, container_ids::text[], container_names::text[], labels::text[], filename, size_bytes, is_starred,
        has_attachments, link, place, own_words, content_version, content_media_type,
        content_state
      from unnest(${uuids(rows.map((row) => row.ownerId))}::uuid[], ${texts(rows.map((row) => row.type))}::text[],
        ${texts(rows.map((row) => row.id))}::text[], ${uuids(rows.map(newId))}::uuid[],
        ${texts(rows.map((row) => row.title))}::text[], ${texts(rows.map((row) => row.body))}::text[],
        ${timestamps(rows.map((row) => row.happenedAt))}::timestamptz[],
        ${texts(rows.map((row) => row.whoName))}::text[], ${texts(rows.map((row) => row.whoEmail))}::text[],
        ${jsonbs(rows.map((row) => row.people))}::jsonb[],
        ${texts(rows.map((row) => arrayLiteral(row.containerIds)))}::text[],
        ${texts(rows.map((row) => arrayLiteral(row.containerNames)))}::text[],
        ${texts(rows.map((row) => arrayLiteral(row.labels)))}::text[], ${texts(rows.map((row) => row.filename))}::text[],
        ${bigints(rows.map((row) => row.sizeBytes))}::bigint[], ${booleans(rows.map((row) => row.isStarred))}::boolean[],
        ${booleans(rows.map((row) => row.hasAttachments))}::boolean[], ${texts(rows.map((row) => row.link))}::text[],
        ${jsonbs(rows.map((row) => row.place))}::jsonb[], ${tsvectors(rows.map((row) => row.ownWords))}::tsvector[],
        ${texts(rows.map((row) => row.contentVersion))}::text[], ${texts(rows.map((row) => row.contentMediaType))}::text[],
        ${texts(rows.map((row) => row.contentState))}::text[]
      ) with ordinality as given (owner_id, type, id, hit_id, title, body, happened_at, who_name, who_email, people,
        container_ids, container_names, labels, filename, size_bytes, is_starred, has_attachments, link, place, own_words,
        content_version, content_media_type, content_state, at)
      order by owner_id, type, id, at desc
      on conflict (owner_id, type, id) do update set title = excluded.title, body = excluded.body,
        happened_at = excluded.happened_at, who_name = excluded.who_name, who_email = excluded.who_email,
        people = excluded.people, container_ids = excluded.container_ids, container_names = excluded.container_names,
        labels = excluded.labels, filename = excluded.filename, size_bytes = excluded.size_bytes,
        is_starred = excluded.is_starred, has_attachments = excluded.has_attachments, link = excluded.link,
        place = excluded.place, own_words = excluded.own_words, content_version = excluded.content_version,
        content_media_type = excluded.content_media_type, put_at = now(),
        content_state = ${kept(sql`document.content_state`, sql`excluded.content_state`)},
        content_attempts = ${kept(sql`document.content_attempts`, sql`0`)},
        content_text = ${kept(sql`document.content_text`, sql`null`)},
        content_words = ${kept(sql`document.content_words`, sql`null`)}
      returning owner_id, content_state`.execute(tx)
    return [...new Set(stored.filter((row) => row.content_state === 'pending').map((row) => row.owner_id))]
  },

  async remove(tx: Tx, ownerId: string, type: string, ids: readonly string[]): Promise<void> {
    await sql`delete from search_document
      where owner_id = ${ownerId} and type = ${type} and id = any(${ids}::text[])`.execute(tx)
  },

  async removeAll(tx: Tx, ownerId: string, type: string, containerId: string | undefined): Promise<void> {
    const within = containerId === undefined ? sql`true` : sql`container_ids @> array[${containerId}]::text[]`
    await sql`delete from search_document where owner_id = ${ownerId} and type = ${type} and ${within}`.execute(tx)
  },
}

/** What was made of a content stays as long as the content does. */
const kept = (old: ReturnType<typeof sql>, fresh: ReturnType<typeof sql>) => sql`case
  when document.content_version is not distinct from excluded.content_version then ${old} else ${fresh} end`
