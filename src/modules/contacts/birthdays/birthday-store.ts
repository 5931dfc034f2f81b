import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import { contactColumns, type StoredContact } from '../contact/contact-store.ts'

export type BornContact = StoredContact & { birth_month: number; birth_day: number }

export const birthdayStore = {
  /** Contacts born on one of these days of the year, `12-09`. */
  async on(db: Queryable, ownerId: string, days: readonly string[]): Promise<BornContact[]> {
    const { rows } = await sql<BornContact>`
      select ${contactColumns}, contact.birth_month, contact.birth_day from contact
      join contact_book as book on book.owner_id = contact.owner_id and book.id = contact.book_id
      where contact.owner_id = ${ownerId} and contact.birth_month is not null
        and to_char(contact.birth_month, 'FM00') || '-' || to_char(contact.birth_day, 'FM00') = any(${[...days]}::text[])
      order by contact.sort_name collate "und-x-icu", contact.id limit 2000`.execute(db)
    return rows
  },

  /** Everybody whose birthday is known. */
  async all(db: Queryable, ownerId: string): Promise<BornContact[]> {
    const { rows } = await sql<BornContact>`
      select ${contactColumns}, contact.birth_month, contact.birth_day from contact
      join contact_book as book on book.owner_id = contact.owner_id and book.id = contact.book_id
      where contact.owner_id = ${ownerId} and contact.birth_month is not null
      order by contact.birth_month, contact.birth_day limit 2000`.execute(db)
    return rows
  },
}
