import type { AddressBooks, RemoteCard } from '#integrations/dav/address-books.ts'
import { objectOf } from '#integrations/dav/address-books.ts'
import type { SearchIndex } from '#modules/search/index.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import { cardShape } from '../contact/contact-row.ts'
import { contactStore } from '../contact/contact-store.ts'
import { type ContactsEvent, tell } from '../events.ts'
import { type BookRow, bookStore } from './book-store.ts'
import { dropCards, type KeptBook, keepCards } from './contact-keeping.ts'

/** The address books of somebody at Nextcloud. `user` is their name there. */
export type Connection = { ownerId: string; user: string; books: AddressBooks; country: string | undefined }

/** More changes at once than this are told as one event. */
const mostToldSingly = 200

export type BookSync = ReturnType<typeof createBookSync>

/**
 * Keeps the address books of people as they are at Nextcloud: one request tells of all of them whether something is new,
 * sync-collection (RFC 6578) what. The token is stored after everything that it stands for.
 */
export function createBookSync(deps: {
  database: Database
  transact: Transact
  events: Events
  searchIndex: SearchIndex
}) {
  const { database, transact, events, searchIndex } = deps

  /** Which books there are. */
  async function compareHome({ ownerId, books }: Connection): Promise<void> {
    const listed = await books.list()
    await transact(async (tx) => {
      const told: ContactsEvent[] = []
      for (const book of listed) {
        const what = await bookStore.put(tx, ownerId, book)
        if (what) told.push({ type: `contacts.book_${what}`, data: { book_id: book.name } })
      }
      const names = listed.map(({ name }) => name)
      for (const { name } of await bookStore.removeOthers(tx, ownerId, names)) {
        await searchIndex.removeAll(tx, ownerId, 'contacts.contact', name)
        told.push({ type: 'contacts.book_deleted', data: { book_id: name } })
      }
      await bookStore.noteChecked(tx, ownerId)
      await tell(events, tx, ownerId, told)
    })
  }

  async function keep(book: KeptBook, cards: readonly RemoteCard[], isReread: boolean, isTold: boolean): Promise<void> {
    await transact(async (tx) => {
      const kept = await keepCards(tx, { searchIndex }, { book, isReread }, cards)
      if (isTold) await tell(events, tx, book.ownerId, kept.events)
    })
  }

  async function syncBook(connection: Connection, row: BookRow): Promise<void> {
    const { ownerId, books } = connection
    const book = keptBook(connection, row)
    const isReread = row.shape !== cardShape
    const changes = await books.changesSince(row.name, isReread ? undefined : (row.sync_token ?? undefined))
    const known = await contactStore.etags(database, { ownerId, bookId: row.id })
    const changed = changes.changed.map(({ path, etag }) => ({ object: objectOf(path), etag }))
    const wanted = changed.filter(({ object, etag }) => isReread || etag === undefined || known.get(object) !== etag)
    // Nextcloud tells as gone what was deleted and made anew.
    const doubtful = changes.removed.map(objectOf)
    const asked = [...wanted.map(({ object }) => object), ...doubtful]
    const isTold = row.sync_token !== null && asked.length <= mostToldSingly
    const found = new Set<string>()
    for await (const cards of asked.length > 0 ? books.cards(row.name, asked) : []) {
      for (const { object } of cards) found.add(object)
      await keep(book, cards, isReread, isTold)
    }
    const there = new Set(changed.map(({ object }) => object))
    const gone = changes.isWhole
      ? [...known.keys()].filter((object) => !there.has(object))
      : doubtful.filter((object) => !found.has(object))
    await transact(async (tx) => {
      const dropped = await dropCards(tx, { searchIndex }, book, gone)
      const to = changes.syncToken || row.server_token || ''
      await bookStore.noteSynced(tx, ownerId, { id: row.id, from: row.sync_token, to, shape: cardShape })
      const summary: ContactsEvent = { type: 'contacts.book_synced', data: { book_id: row.name } }
      await tell(events, tx, ownerId, isTold ? dropped : asked.length + gone.length > 0 ? [summary] : [])
    })
  }

  return {
    /** Compares with the server and reads what is new. @throws what the server answers */
    async run(connection: Connection): Promise<void> {
      await compareHome(connection)
      for (const row of await bookStore.list(database, connection.ownerId)) {
        const isNew = row.sync_token === null || row.shape !== cardShape
        if (isNew || row.server_token === null || row.server_token !== row.sync_token) await syncBook(connection, row)
      }
    },
  }
}

export const keptBook = ({ ownerId, user, country }: Connection, row: BookRow): KeptBook => ({
  ...{ ownerId, user, country },
  ...{ id: row.id, name: row.name, displayName: row.display_name },
})
