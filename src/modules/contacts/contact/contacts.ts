import { randomUUID } from 'node:crypto'
import { readVcard } from '#integrations/vcard/vcard-reader.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { once } from '#platform/http/idempotency.ts'
import type { BookRow } from '../books/book-store.ts'
import { bookStore } from '../books/book-store.ts'
import type { Freshness } from '../books/freshness.ts'
import type { CardDraft } from '../card/card.ts'
import { cardOf, patched } from '../card/card-draft.ts'
import { readCard } from '../card/read-card.ts'
import { emptyVcard, writeCard } from '../card/write-card.ts'
import { queryWords } from '../names/folding.ts'
import { collationOf, rootCollation } from '../names/sort-name.ts'
import { type SharedBook, sharedBookId } from '../organisation/shared-book.ts'
import { personStore } from '../people/person-store.ts'
import { contactListStore, type ListedContact } from './contact-list-store.ts'
import type { ContactRef } from './contact-path.ts'
import { type ContactView, presentContact } from './contact-presentation.ts'
import { contactStore } from './contact-store.ts'
import { type ContactWrites, objectFor } from './contact-writes.ts'

export type ListQuery = {
  q?: string | undefined
  category?: string | undefined
  group?: string | undefined
  kind?: string | undefined
  sort?: 'name' | 'changed' | undefined
  limit: number
  cursor?: string | undefined
}

export type Contacts = ReturnType<typeof createContacts>

/** The contacts of a person, in the address books that they have at Nextcloud. */
export function createContacts(deps: {
  database: Database
  transact: Transact
  freshness: Freshness
  writes: ContactWrites
  shared: SharedBook
}) {
  const { database, transact, freshness, writes, shared } = deps
  let known: Promise<Set<string>> | undefined

  async function connect(actor: Actor) {
    const connection = await freshness.connect(actor.personId)
    await freshness.ensure(connection)
    return connection
  }

  /** @throws AppError `not_found`, also for a path in the home of somebody else */
  async function locate(actor: Actor, { user, book, object }: ContactRef) {
    const connection = await connect(actor)
    if (user !== connection.user) throw notFound('contact')
    return { connection, place: { book, object } }
  }

  async function collationFor(ownerId: string): Promise<string> {
    known ??= contactListStore.collations(database)
    const wanted = collationOf(await personStore.locale(database, ownerId))
    return (await known).has(wanted) ? wanted : rootCollation
  }

  /** The filters of a list; undefined when nothing can pass them. */
  async function filtersOf(ownerId: string, book: BookRow, query: ListQuery) {
    const words = queryWords(query.q ?? '')
    if (query.q?.trim() && words.length === 0) return undefined
    const { group } = query
    const [found] = group === undefined ? [] : await contactStore.findByUids(database, ownerId, [group])
    if (group !== undefined && found?.card.kind !== 'group') throw notFound('group')
    return {
      bookId: book.id,
      words,
      category: query.category,
      members: found && (found.card.members ?? []),
      kind: query.kind,
    }
  }

  async function listed(ownerId: string, book: BookRow, query: ListQuery): Promise<ListedContact[]> {
    const filters = await filtersOf(ownerId, book, query)
    const limit = query.limit + 1
    if (!filters) return []
    if (query.sort === 'changed') {
      const before = query.cursor === undefined ? undefined : decodeCursor(query.cursor, ['number', 'uuid'])
      return contactListStore.byChange(database, ownerId, { ...filters, before, limit })
    }
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, ['string', 'uuid'])
    const collation = await collationFor(ownerId)
    return contactListStore.byName(database, ownerId, { ...filters, after, limit, collation })
  }

  async function view(user: string, ownerId: string, place: { book: string; object: string }): Promise<ContactView> {
    const found = await contactStore.find(database, ownerId, place)
    if (!found) throw notFound('contact')
    return presentContact(user, found)
  }

  return {
    async list(actor: Actor, bookName: string, query: ListQuery) {
      const { user, ownerId } = await connect(actor)
      if (bookName === sharedBookId) return shared.list(actor, user, query)
      const book = await bookStore.find(database, ownerId, bookName)
      if (!book) throw notFound('address book')
      const rows = await listed(ownerId, book, query)
      const items = rows.slice(0, query.limit)
      const last = items.at(-1)
      const key = last && (query.sort === 'changed' ? [last.revision, last.id] : [last.sort_name, last.id])
      return {
        items: items.map((row) => presentContact(user, row)),
        next_cursor: rows.length > query.limit && key ? encodeCursor(key) : null,
      }
    },

    async view(actor: Actor, ref: ContactRef): Promise<ContactView> {
      const { connection, place } = await locate(actor, ref)
      if (ref.book === sharedBookId) return shared.contact(actor, connection.user, ref.object)
      return view(connection.user, connection.ownerId, place)
    },

    /**
     * With an Idempotency-Key the name of the contact is decided once; a repetition finds it there.
     * @throws AppError `contacts.already_exists`, `contacts.book_read_only`, `idempotency_key_reused`
     */
    async create(actor: Actor, book: string, draft: CardDraft, key?: string): Promise<ContactView> {
      const connection = await connect(actor)
      await writes.writableBook(connection, book)
      const card = cardOf(draft, draft.uid?.trim() || randomUUID())
      const request = { ownerId: actor.personId, scope: `contacts.contacts:${book}`, key, body: draft }
      const named = { uid: card.uid, object: objectFor(card.uid) }
      const { body } = await transact((tx) => once(tx, request, async () => ({ status: 201, body: named })))
      const vcard = writeCard(emptyVcard, { ...card, uid: body.uid })
      await writes.create(connection, { book, object: body.object }, vcard, { isRepeated: key !== undefined })
      return view(connection.user, connection.ownerId, { book, object: body.object })
    },

    /** Everything that JSON shows of it becomes what is given; what it does not show stays. */
    async replace(actor: Actor, ref: ContactRef, draft: CardDraft, ifMatch: string | undefined): Promise<ContactView> {
      const { connection, place } = await locate(actor, ref)
      await writes.change(connection, place, ifMatch, (vcard) => {
        const { uid } = readCard(vcard, ref.object)
        if (draft.uid !== undefined && draft.uid.trim() !== uid) throw uidChanged()
        return writeCard(vcard, cardOf({ ...draft, uid }, uid))
      })
      return view(connection.user, connection.ownerId, place)
    },

    async patch(actor: Actor, ref: ContactRef, patch: object, ifMatch: string | undefined): Promise<ContactView> {
      const { connection, place } = await locate(actor, ref)
      await writes.change(connection, place, ifMatch, (vcard) => {
        const card = readCard(vcard, ref.object)
        return writeCard(vcard, cardOf(patched(card, patch), card.uid))
      })
      return view(connection.user, connection.ownerId, place)
    },

    async delete(actor: Actor, ref: ContactRef, ifMatch: string | undefined): Promise<void> {
      const { connection, place } = await locate(actor, ref)
      await writes.remove(connection, place, ifMatch)
    },

    /** The vCard itself, as it lies at Nextcloud. */
    async vcard(actor: Actor, ref: ContactRef) {
      const { connection, place } = await locate(actor, ref)
      const { vcard, etag } = await connection.books.read(place.book, place.object)
      return { vcard: readVcard(vcard), text: vcard, etag }
    },

    categories: async (actor: Actor) => {
      const { ownerId } = await connect(actor)
      return { items: await contactListStore.categories(database, ownerId) }
    },

    groups: async (actor: Actor) => {
      const { ownerId, user } = await connect(actor)
      const rows = await contactListStore.ofKind(database, ownerId, 'group')
      return { items: rows.map((row) => presentContact(user, row)) }
    },

    locate,
    connect,
  }
}

const uidChanged = () =>
  new AppError('invalid', 'invalid_request_body', 'The uid of a contact stays what it is; leave it out.', {
    details: [{ path: 'body.uid', message: 'must be the uid that the contact has' }],
  })
