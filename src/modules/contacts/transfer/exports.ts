import { readVcard } from '#integrations/vcard/vcard-reader.ts'
import { asVersion } from '#integrations/vcard/vcard-version.ts'
import { writeVcard } from '#integrations/vcard/vcard-writer.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { bookStore } from '../books/book-store.ts'
import type { Connection } from '../books/book-sync.ts'
import { contactListStore } from '../contact/contact-list-store.ts'
import type { Contacts } from '../contact/contacts.ts'
import { rootCollation } from '../names/sort-name.ts'
import { csvHead, csvRow } from './csv-writer.ts'

export type ExportFormat = 'vcard' | 'vcard3' | 'csv'

const pageSize = 200

export type Exports = ReturnType<typeof createExports>

/** All of an address book as a file: vCards as they lie at Nextcloud, or rows with the columns of Google. */
export function createExports({ database, contacts }: { database: Database; contacts: Contacts }) {
  /** By name, a page at a time. */
  async function* pages(ownerId: string, bookId: string) {
    const filters = { bookId, words: [], category: undefined, members: undefined, kind: undefined }
    let after: readonly [string, string] | undefined
    do {
      const page = { ...filters, after, limit: pageSize, collation: rootCollation }
      const rows = await contactListStore.byName(database, ownerId, page)
      const last = rows.length === pageSize ? rows.at(-1) : undefined
      after = last && [last.sort_name, last.id]
      yield rows
    } while (after)
  }

  async function* vcards(
    connection: Connection,
    book: { id: string; name: string },
    isOld: boolean,
  ): AsyncGenerator<string> {
    for await (const rows of pages(connection.ownerId, book.id)) {
      if (rows.length === 0) continue
      for await (const cards of connection.books.cards(
        book.name,
        rows.map(({ object }) => object),
      )) {
        for (const { vcard } of cards) yield isOld ? writeVcard(asVersion(readVcard(vcard), '3.0')) : withEnd(vcard)
      }
    }
  }

  async function* rows(connection: Connection, bookId: string): AsyncGenerator<string> {
    yield csvHead()
    for await (const page of pages(connection.ownerId, bookId)) {
      for (const { card } of page) if (card.kind !== 'group') yield csvRow(card)
    }
  }

  return {
    /** @throws AppError `not_found` */
    async run(actor: Actor, bookName: string, format: ExportFormat): Promise<AsyncGenerator<string>> {
      const connection = await contacts.connect(actor)
      const book = await bookStore.find(database, connection.ownerId, bookName)
      if (!book) throw notFound('address book')
      return format === 'csv' ? rows(connection, book.id) : vcards(connection, book, format === 'vcard3')
    },
  }
}

const withEnd = (vcard: string): string => (vcard.endsWith('\n') ? vcard : `${vcard}\r\n`)
