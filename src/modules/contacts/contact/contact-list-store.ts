import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import { contactColumns, type StoredContact } from './contact-store.ts'

export type ListedContact = StoredContact & { sort_name: string; revision: number }

export type ListPage = {
  bookId: string
  words: readonly string[]
  category: string | undefined
  /** Of one of these uids. */
  members: readonly string[] | undefined
  kind: string | undefined
  /** After the contact of this sort name and id. */
  after: readonly [name: string, id: string] | undefined
  limit: number
}

/** What may stand for something else in a pattern. */
const literal = (word: string): string => word.replace(/[\\%_]/g, (one) => `\\${one}`)
/** A word that begins so. */
export const beginning = (word: string): string => `% ${literal(word)}%`

const filters = ({ bookId, words, category, members, kind }: Omit<ListPage, 'after' | 'limit'>) => sql`
  contact.book_id = ${bookId}
  and ${sql.join([sql`true`, ...words.map((word) => sql`contact.search like ${beginning(word)}`)], sql` and `)}
  and ${category === undefined ? sql`true` : sql`${category} = any(contact.categories)`}
  and ${members === undefined ? sql`true` : sql`contact.uid = any(${[...members]}::text[])`}
  and ${kind === undefined ? sql`true` : sql`contact.kind = ${kind}`}`

export const contactListStore = {
  /** By name, in the order of a collation of the database. */
  async byName(db: Queryable, ownerId: string, page: ListPage & { collation: string }): Promise<ListedContact[]> {
    const name = sql`contact.sort_name collate ${sql.id(page.collation)}`
    const { rows } = await sql<ListedContact>`
      select ${contactColumns}, contact.sort_name, contact.revision from contact
      join contact_book as book on book.owner_id = contact.owner_id and book.id = contact.book_id
      where contact.owner_id = ${ownerId} and ${filters(page)}
        and ${page.after ? sql`(${name}, contact.id) > (${page.after[0]}, ${page.after[1]}::uuid)` : sql`true`}
      order by ${name}, contact.id limit ${page.limit}`.execute(db)
    return rows
  },

  /** What changed last comes first. */
  async byChange(
    db: Queryable,
    ownerId: string,
    page: Omit<ListPage, 'after'> & { before: readonly [revision: number, id: string] | undefined },
  ): Promise<ListedContact[]> {
    const { rows } = await sql<ListedContact>`
      select ${contactColumns}, contact.sort_name, contact.revision from contact
      join contact_book as book on book.owner_id = contact.owner_id and book.id = contact.book_id
      where contact.owner_id = ${ownerId} and ${filters(page)}
        and ${page.before ? sql`(contact.revision, contact.id) < (${page.before[0]}, ${page.before[1]}::uuid)` : sql`true`}
      order by contact.revision desc, contact.id desc limit ${page.limit}`.execute(db)
    return rows
  },

  /** Which of our collations this database has. */
  async collations(db: Queryable): Promise<Set<string>> {
    const { rows } = await sql<{ name: string }>`
      select collname as name from pg_collation where collname like '%-x-icu'`.execute(db)
    return new Set(rows.map(({ name }) => name))
  },

  /** The categories of an owner's contacts and how many contacts each has. */
  async categories(db: Queryable, ownerId: string): Promise<{ name: string; count: number }[]> {
    const { rows } = await sql<{ name: string; count: number }>`
      select name, count(*) as count from contact, unnest(categories) as name
      where owner_id = ${ownerId} group by name order by name collate "und-x-icu" limit 1000`.execute(db)
    return rows
  },

  /** Contacts of a kind in all books, by name; groups are few. */
  async ofKind(db: Queryable, ownerId: string, kind: string): Promise<StoredContact[]> {
    const { rows } = await sql<StoredContact>`
      select ${contactColumns} from contact
      join contact_book as book on book.owner_id = contact.owner_id and book.id = contact.book_id
      where contact.owner_id = ${ownerId} and contact.kind = ${kind}
      order by contact.sort_name collate "und-x-icu", contact.id limit 1000`.execute(db)
    return rows
  },
}
