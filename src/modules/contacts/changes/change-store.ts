import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import { contactColumns, type StoredContact } from '../contact/contact-store.ts'

export type ChangedContact = StoredContact & { revision: number; is_new: boolean }
export type GoneContact = { object: string; uid: string; revision: number }

export const changeStore = {
  /** What a book has of the revisions after `since`, in their order; `at` tells where in a revision it goes on. */
  async changed(
    db: Queryable,
    place: { ownerId: string; bookId: string },
    range: { since: number; upTo: number; after: readonly [revision: number, id: string] | undefined; limit: number },
  ): Promise<ChangedContact[]> {
    const { after } = range
    const { rows } = await sql<ChangedContact>`
      select ${contactColumns}, contact.revision, contact.created_revision > ${range.since} as is_new from contact
      join contact_book as book on book.owner_id = contact.owner_id and book.id = contact.book_id
      where contact.owner_id = ${place.ownerId} and contact.book_id = ${place.bookId}
        and contact.revision > ${range.since} and contact.revision <= ${range.upTo}
        and ${after ? sql`(contact.revision, contact.id) > (${after[0]}, ${after[1]}::uuid)` : sql`true`}
      order by contact.revision, contact.id limit ${range.limit}`.execute(db)
    return rows
  },

  gone: (
    db: Queryable,
    place: { ownerId: string; bookId: string },
    range: { since: number; upTo: number },
  ): Promise<GoneContact[]> =>
    db
      .selectFrom('contact_tombstone')
      .select(['object', 'uid', 'revision'])
      .where('owner_id', '=', place.ownerId)
      .where('book_id', '=', place.bookId)
      .where('revision', '>', range.since)
      .where('revision', '<=', range.upTo)
      .orderBy('revision')
      .limit(20_000)
      .execute(),
}
