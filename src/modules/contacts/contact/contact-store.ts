import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import type { Card } from '../card/card.ts'
import type { ContactRow } from './contact-row.ts'

export type StoredContact = {
  id: string
  book: string
  object: string
  uid: string
  etag: string
  card: Card
  full_name: string
  emails: string[]
  has_photo: boolean
  updated_at: Date
}

type Place = { ownerId: string; bookId: string }
export type Upserted = { id: string; object: string; is_new: boolean }

export const contactColumns = sql`contact.id, book.name as book, contact.object, contact.uid, contact.etag,
  contact.card, contact.full_name, contact.emails, contact.has_photo, contact.updated_at`

export const contactStore = {
  async find(
    db: Queryable,
    ownerId: string,
    ref: { book: string; object: string },
  ): Promise<StoredContact | undefined> {
    const { rows } = await sql<StoredContact>`
      select ${contactColumns} from contact
      join contact_book as book on book.owner_id = contact.owner_id and book.id = contact.book_id
      where contact.owner_id = ${ownerId} and book.name = ${ref.book} and contact.object = ${ref.object}`.execute(db)
    return rows[0]
  },

  async findById(db: Queryable, ownerId: string, id: string): Promise<StoredContact | undefined> {
    const { rows } = await sql<StoredContact>`
      select ${contactColumns} from contact
      join contact_book as book on book.owner_id = contact.owner_id and book.id = contact.book_id
      where contact.owner_id = ${ownerId} and contact.id = ${id}`.execute(db)
    return rows[0]
  },

  async findByUids(db: Queryable, ownerId: string, uids: readonly string[]): Promise<StoredContact[]> {
    const { rows } = await sql<StoredContact>`
      select ${contactColumns} from contact
      join contact_book as book on book.owner_id = contact.owner_id and book.id = contact.book_id
      where contact.owner_id = ${ownerId} and contact.uid = any(${[...uids]}::text[])`.execute(db)
    return rows
  },

  /** What is kept of a book, to be compared with what the server has. */
  async etags(db: Queryable, { ownerId, bookId }: Place): Promise<Map<string, string>> {
    const rows = await db
      .selectFrom('contact')
      .select(['object', 'etag'])
      .where('owner_id', '=', ownerId)
      .where('book_id', '=', bookId)
      .execute()
    return new Map(rows.map(({ object, etag }) => [object, etag]))
  },

  /** Stores contacts; one whose ETag is the one that is kept already is left alone, unless `isReread`. */
  async upsert(
    tx: Tx,
    { ownerId, bookId, revision, isReread }: Place & { revision: number; isReread: boolean },
    rows: readonly ContactRow[],
  ): Promise<Upserted[]> {
    if (rows.length === 0) return []
    const given = rows.map((row) => ({ ...row, id: newId() }))
    const { rows: stored } = await sql<Upserted>`
      insert into contact as kept (owner_id, id, book_id, object, uid, etag, kind, card, full_name, sort_name, search,
        emails, phones, folded_name, categories, members, has_photo, birth_month, birth_day, score, created_revision, revision)
      select ${ownerId}, given.id, ${bookId}, object, uid, etag, kind, card, full_name, sort_name, given.search, emails, phones,
        folded_name, categories, members, has_photo, birth_month, birth_day,
        coalesce((select max(score) from contact_correspondent as written
          where written.owner_id = ${ownerId} and written.email = any(given.emails)), 0), ${revision}, ${revision}
      from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as given (id uuid, object text, uid text, etag text,
        kind text, card jsonb, full_name text, sort_name text, search text, emails text[], phones text[],
        folded_name text, categories text[], members text[], has_photo boolean, birth_month smallint, birth_day smallint)
      order by object
      on conflict (owner_id, book_id, object) do update set uid = excluded.uid, etag = excluded.etag,
        kind = excluded.kind, card = excluded.card, full_name = excluded.full_name, sort_name = excluded.sort_name,
        search = excluded.search, emails = excluded.emails, phones = excluded.phones, folded_name = excluded.folded_name,
        categories = excluded.categories, members = excluded.members, has_photo = excluded.has_photo,
        birth_month = excluded.birth_month, birth_day = excluded.birth_day, score = excluded.score,
        revision = excluded.revision, updated_at = now()
      where kept.etag <> excluded.etag or ${isReread}
      returning id, object, created_revision = ${revision} as is_new`.execute(tx)
    await tx
      .deleteFrom('contact_tombstone')
      .where('owner_id', '=', ownerId)
      .where('book_id', '=', bookId)
      .where(sql<boolean>`object = any(${rows.map(({ object }) => object)}::text[])`)
      .execute()
    return stored
  },

  /** Takes contacts away and keeps their names, for those who sync. */
  async remove(
    tx: Tx,
    { ownerId, bookId, revision }: Place & { revision: number },
    objects: readonly string[],
  ): Promise<{ id: string; object: string; uid: string; full_name: string }[]> {
    if (objects.length === 0) return []
    const { rows } = await sql<{ id: string; object: string; uid: string; full_name: string }>`
      with gone as (
        delete from contact where owner_id = ${ownerId} and book_id = ${bookId} and object = any(${[...objects]}::text[])
        returning id, object, uid, full_name
      ), noted as (
        insert into contact_tombstone (owner_id, book_id, object, uid, revision)
        select ${ownerId}, ${bookId}, object, uid, ${revision} from gone
        on conflict (owner_id, book_id, object) do update set revision = excluded.revision, gone_at = now()
      )
      select * from gone`.execute(tx)
    return rows
  },
}
