import { randomUUID } from 'node:crypto'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { once } from '#platform/http/idempotency.ts'
import { folded } from '../names/folding.ts'
import { type SharedBook, sharedBookId } from '../organisation/shared-book.ts'
import { type BookRow, bookStore } from './book-store.ts'
import type { Connection } from './book-sync.ts'
import type { Freshness } from './freshness.ts'

export type BookView = {
  id: string
  name: string
  description: string
  is_read_only: boolean
  shared_by: string | null
  shares: { user: string; access: string }[]
}
export type BookSettings = { name?: string; description?: string }

export type Books = ReturnType<typeof createBooks>

/** The address books of a person: their own, those that others share with them, and the organisation's. */
export function createBooks(deps: {
  database: Database
  transact: Transact
  freshness: Freshness
  shared: SharedBook
}) {
  const { database, transact, freshness, shared } = deps

  async function connect(actor: Actor): Promise<Connection> {
    const connection = await freshness.connect(actor.personId)
    await freshness.ensure(connection)
    return connection
  }

  /** After a change: what is kept says so too. */
  async function compared(connection: Connection, name: string): Promise<BookView> {
    await freshness.compare(connection)
    return presentBook(await book(connection, name))
  }

  async function book({ ownerId }: Connection, name: string): Promise<BookRow> {
    const found = await bookStore.find(database, ownerId, name)
    if (!found) throw notFound('address book')
    return found
  }

  /** @throws AppError `not_found`, `contacts.not_your_book` */
  async function ownBook(actor: Actor, name: string) {
    const connection = await connect(actor)
    const found = await book(connection, name)
    if (found.shared_by !== null) throw notYours()
    return { connection, found }
  }

  return {
    async list(actor: Actor): Promise<{ items: BookView[] }> {
      const { ownerId } = await connect(actor)
      const [own, isShared] = await Promise.all([bookStore.list(database, ownerId), shared.isOf(ownerId)])
      return { items: [...own.map(presentBook), ...(isShared ? [shared.view()] : [])] }
    },

    async view(actor: Actor, name: string): Promise<BookView> {
      if (name === sharedBookId) return shared.view()
      return presentBook(await book(await connect(actor), name))
    },

    async create(actor: Actor, wanted: { name: string; description?: string }, key?: string): Promise<BookView> {
      const connection = await connect(actor)
      const request = { ownerId: actor.personId, scope: 'contacts.books', key, body: wanted }
      const { body } = await transact((tx) =>
        once(tx, request, async () => ({ status: 201, body: { name: nameFor(wanted.name) } })),
      )
      const { description } = wanted
      const settings = { displayName: wanted.name.trim(), ...(description !== undefined && { description }) }
      await connection.books.createBook(body.name, settings).catch((error) => {
        if (!(key !== undefined && isThere(error))) throw error
      })
      return compared(connection, body.name)
    },

    /** What is changed of a book that somebody shares is changed for the one who changes it alone. */
    async change(actor: Actor, name: string, { name: displayName, description }: BookSettings): Promise<BookView> {
      const connection = await connect(actor)
      await book(connection, name)
      await connection.books.changeBook(name, {
        ...(displayName !== undefined && { displayName: displayName.trim() }),
        ...(description !== undefined && { description }),
      })
      return compared(connection, name)
    },

    /** With all that is in it; one that somebody shares is only seen no more. */
    async delete(actor: Actor, name: string): Promise<void> {
      const connection = await connect(actor)
      await book(connection, name)
      await connection.books.removeBook(name)
      await freshness.compare(connection)
    },

    async share(actor: Actor, name: string, user: string, access: 'read' | 'read_write'): Promise<BookView> {
      const { connection } = await ownBook(actor, name)
      await connection.books.shareBook(name, [{ principal: principalOf(user), access }])
      const view = await compared(connection, name)
      if (!view.shares.some((one) => one.user.toLowerCase() === user.toLowerCase())) throw unknownUser()
      return view
    },

    async unshare(actor: Actor, name: string, user: string): Promise<void> {
      const { connection, found } = await ownBook(actor, name)
      if (!found.shares.some((one) => one.user === user)) throw notFound('share')
      await connection.books.shareBook(name, [{ principal: principalOf(user), access: 'none' }])
      await freshness.compare(connection)
    },
  }
}

const principalOf = (user: string): string => `principal:principals/users/${encodeURIComponent(user)}`

/** A name for the address of the collection: what it is called, as far as an address can hold it, and something of its own. */
function nameFor(displayName: string): string {
  const readable = folded(displayName)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
  return [readable, randomUUID().slice(0, 8)].filter(Boolean).join('-')
}

const presentBook = (row: BookRow): BookView => ({
  ...{ id: row.name, name: row.display_name, description: row.description },
  ...{ is_read_only: row.is_read_only, shared_by: row.shared_by, shares: [...row.shares] },
})

const isThere = (error: unknown): boolean => error instanceof AppError && error.code === 'already_exists'

const notYours = () =>
  new AppError('forbidden', 'contacts.not_your_book', 'Only the owner of an address book shares it; ask them.')

const unknownUser = () =>
  new AppError(
    'unprocessable',
    'contacts.unknown_user',
    'Nextcloud knows nobody of this name, or it is you; ask them to sign in once.',
  )
