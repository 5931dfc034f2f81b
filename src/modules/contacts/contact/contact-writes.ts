import { randomUUID } from 'node:crypto'
import type { RemoteCard } from '#integrations/dav/address-books.ts'
import type { Vcard } from '#integrations/vcard/vcard.ts'
import { readVcard } from '#integrations/vcard/vcard-reader.ts'
import { writeVcard } from '#integrations/vcard/vcard-writer.ts'
import type { SearchIndex } from '#modules/search/index.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { type BookRow, bookStore } from '../books/book-store.ts'
import { type Connection, keptBook } from '../books/book-sync.ts'
import { dropCards, keepCards } from '../books/contact-keeping.ts'
import { tell } from '../events.ts'
import { sharedBookId } from '../organisation/shared-book.ts'

/** Where a contact lies in the home of the one who asks. */
export type Place = { book: string; object: string }

export type ContactWrites = ReturnType<typeof createContactWrites>

/**
 * Writes to Nextcloud and, with the answer, to what is kept of it: a later sync finds nothing new. A crash in between
 * leaves it to that sync.
 */
export function createContactWrites(deps: {
  database: Database
  transact: Transact
  events: Events
  searchIndex: SearchIndex
}) {
  const { database, transact, events, searchIndex } = deps

  /** @throws AppError `not_found`, `contacts.book_read_only` */
  async function writableBook({ ownerId }: Connection, name: string): Promise<BookRow> {
    if (name === sharedBookId) throw readOnly()
    const book = await bookStore.find(database, ownerId, name)
    if (!book) throw notFound('address book')
    if (book.is_read_only) throw readOnly()
    return book
  }

  async function keep(connection: Connection, book: BookRow, card: RemoteCard): Promise<void> {
    await transact(async (tx) => {
      const kept = await keepCards(tx, { searchIndex }, { book: keptBook(connection, book) }, [card])
      await tell(events, tx, connection.ownerId, kept.events)
    })
  }

  return {
    writableBook,

    /**
     * Makes an object of that name. One that is there already is answered as it is when `isRepeated`.
     * @throws AppError `already_exists`
     */
    async create(
      connection: Connection,
      place: Place,
      vcard: Vcard,
      { isRepeated = false }: { isRepeated?: boolean } = {},
    ): Promise<RemoteCard> {
      const book = await writableBook(connection, place.book)
      const card = { object: place.object, vcard: writeVcard(vcard) }
      try {
        const stored = await connection.books.write(place.book, card, { ifNoneMatch: '*' })
        await keep(connection, book, stored)
        return stored
      } catch (error) {
        if (!isTaken(error)) throw error
        if (!isRepeated) throw alreadyThere()
        return connection.books.read(place.book, place.object)
      }
    },

    /**
     * Stores what `edit` makes of a contact's vCard as it is now at Nextcloud.
     * @throws AppError `not_found`, `etag_mismatch`
     */
    async change(
      connection: Connection,
      place: Place,
      ifMatch: string | undefined,
      edit: (vcard: Vcard, now: RemoteCard) => Vcard,
    ): Promise<RemoteCard> {
      const book = await writableBook(connection, place.book)
      const now = await connection.books.read(place.book, place.object)
      if (!isMatch(ifMatch, now.etag)) throw etagMismatch()
      const vcard = writeVcard(edit(parsed(now.vcard), now))
      const stored = await connection.books.write(place.book, { object: place.object, vcard }, { ifMatch: now.etag })
      await keep(connection, book, stored)
      return stored
    },

    async remove(connection: Connection, place: Place, ifMatch: string | undefined): Promise<void> {
      const book = await writableBook(connection, place.book)
      await connection.books.remove(place.book, place.object, ifMatch)
      await transact(async (tx) => {
        const dropped = await dropCards(tx, { searchIndex }, keptBook(connection, book), [place.object])
        await tell(events, tx, connection.ownerId, dropped)
      })
    },
  }
}

/** A name for a new contact that is safe in every path. */
export const objectFor = (uid: string = randomUUID()): string =>
  /^[A-Za-z0-9._-]{1,100}$/.test(uid) && !uid.startsWith('.') ? `${uid}.vcf` : `${randomUUID()}.vcf`

/** What is no vCard is replaced by one. */
function parsed(text: string): Vcard {
  try {
    return readVcard(text)
  } catch {
    return { version: '4.0', properties: [] }
  }
}

const isTaken = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'etag_mismatch' || error.code === 'already_exists')

const alreadyThere = () =>
  new AppError(
    'conflict',
    'contacts.already_exists',
    'This address book has a contact of this uid already; change that one.',
  )

const readOnly = () =>
  new AppError(
    'forbidden',
    'contacts.book_read_only',
    'This address book is shared with you for reading only; ask its owner, or use a book of your own.',
  )
