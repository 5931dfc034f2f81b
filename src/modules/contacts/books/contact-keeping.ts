import type { RemoteCard } from '#integrations/dav/address-books.ts'
import type { SearchDocument, SearchIndex } from '#modules/search/index.ts'
import type { Tx } from '#platform/database/database.ts'
import { contactPath } from '../contact/contact-path.ts'
import { type ContactRow, contactRow } from '../contact/contact-row.ts'
import { contactStore, type Upserted } from '../contact/contact-store.ts'
import type { ContactsEvent } from '../events.ts'
import { bookStore } from './book-store.ts'

/** A book of somebody, as contacts are kept in it. */
export type KeptBook = {
  ownerId: string
  user: string
  id: string
  name: string
  displayName: string
  country: string | undefined
}

const searchType = 'contacts.contact'

/** Stores contacts of a book with whatever follows from them. @returns the events to append last. */
export async function keepCards(
  tx: Tx,
  deps: { searchIndex: SearchIndex },
  { book, isReread = false }: { book: KeptBook; isReread?: boolean },
  cards: readonly RemoteCard[],
): Promise<{ events: ContactsEvent[]; stored: Upserted[] }> {
  const rows = cards.map((card) => contactRow(card, book.country))
  const revision = await bookStore.nextRevision(tx, book.ownerId, book.id)
  const place = { ownerId: book.ownerId, bookId: book.id, revision, isReread }
  const stored = await contactStore.upsert(tx, place, rows)
  const rowOf = new Map(rows.map((row) => [row.object, row]))
  const changed = stored.flatMap((one) => {
    const row = rowOf.get(one.object)
    return row ? [{ ...one, row }] : []
  })
  await deps.searchIndex.put(
    tx,
    changed.map(({ id, row }) => documentOf(book, id, row)),
  )
  const events = changed.map(
    ({ is_new, row }): ContactsEvent => ({
      type: is_new ? 'contacts.contact_created' : 'contacts.contact_updated',
      data: eventOf(book, row),
    }),
  )
  return { events, stored }
}

/** Takes contacts out of a book. @returns the events to append last. */
export async function dropCards(
  tx: Tx,
  deps: { searchIndex: SearchIndex },
  book: KeptBook,
  objects: readonly string[],
): Promise<ContactsEvent[]> {
  if (objects.length === 0) return []
  const revision = await bookStore.nextRevision(tx, book.ownerId, book.id)
  const gone = await contactStore.remove(tx, { ownerId: book.ownerId, bookId: book.id, revision }, objects)
  await deps.searchIndex.remove(
    tx,
    book.ownerId,
    searchType,
    gone.map(({ id }) => id),
  )
  return gone.map((one) => ({ type: 'contacts.contact_deleted', data: eventOf(book, one) }))
}

const eventOf = (book: KeptBook, { object, uid, full_name }: Pick<ContactRow, 'object' | 'uid' | 'full_name'>) => ({
  ...{ book_id: book.name, uid, full_name },
  path: contactPath({ user: book.user, book: book.name, object }),
})

function documentOf(
  book: KeptBook,
  id: string,
  { object, card, emails, phones, categories }: ContactRow,
): SearchDocument {
  const path = contactPath({ user: book.user, book: book.name, object })
  const details = [
    ...(card.nicknames ?? []),
    ...Object.values(card.organizations ?? {}).flatMap(({ name = '', units = [] }) => [name, ...units]),
    ...Object.values(card.titles ?? {}).map(({ name }) => name),
    ...Object.values(card.phones ?? {}).map(({ number }) => number),
    ...phones,
    ...Object.values(card.addresses ?? {}).flatMap(({ street = '', locality = '', country = '' }) => [
      street,
      locality,
      country,
    ]),
    ...Object.values(card.notes ?? {}).map(({ note }) => note),
  ]
  return {
    ...{ ownerId: book.ownerId, type: searchType, id, title: card.name.full },
    text: details.filter(Boolean).join('\n').slice(0, 20_000),
    when: new Date(),
    people: emails.slice(0, 20).flatMap((email) => [
      { name: card.name.full, email, role: 'from' as const },
      { name: card.name.full, email, role: 'to' as const },
    ]),
    containers: [{ id: book.name, name: book.displayName }],
    labels: categories,
    link: `/api/v1/contacts/contacts${path}`,
    place: { book_id: book.name, path },
  }
}
