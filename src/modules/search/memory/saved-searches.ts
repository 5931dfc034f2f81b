import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { type SavedSearch, savedSearchStore as store } from './saved-search-store.ts'

export type NewSavedSearch = { name: string; q: string; types?: string[]; sort?: string }
export type SavedSearchView = Omit<SavedSearch, 'updated_at'> & { updated_at: string }
export type SavedSearches = ReturnType<typeof createSavedSearches>

const maxSaved = 200

/** Searches that somebody keeps under a name. No two names of an owner differ by case alone. */
export function createSavedSearches({ database, transact }: { database: Database; transact: Transact }) {
  return {
    /** By their names. @throws AppError `invalid_request_body` for a foreign cursor. */
    async list(ownerId: string, { cursor, limit }: { cursor: string | undefined; limit: number }) {
      const [name, id] = cursor === undefined ? [] : decodeCursor(cursor, ['string', 'uuid'])
      const after = name !== undefined && id !== undefined ? { name, id } : undefined
      const found = await store.list(database, ownerId, { after, limit: limit + 1 })
      const last = found[limit - 1]
      const next_cursor = last && found.length > limit ? encodeCursor([last.name, last.id]) : null
      return { items: found.slice(0, limit).map(shown), next_cursor }
    },

    /** @throws AppError `not_found`. */
    async find(ownerId: string, id: string): Promise<SavedSearchView> {
      const found = await store.find(database, ownerId, id)
      if (!found) throw notFound('saved search')
      return shown(found)
    },

    /** @throws AppError `search.name_taken`, `search.too_many_saved`, `idempotency_key_reused`. */
    create: (ownerId: string, body: NewSavedSearch, key: string | undefined): Promise<Answer<SavedSearchView>> =>
      transact((tx) =>
        once(tx, { ownerId, scope: 'search.saved', key, body }, async () => {
          if ((await store.count(tx, ownerId)) >= maxSaved) throw tooMany()
          const { name, q, types = [], sort = 'date' } = body
          const made = await store.insert(tx, ownerId, { id: newId(), name: name.trim(), q, types, sort })
          if (!made) throw nameTaken(name)
          return { status: 201, body: shown(made) }
        }),
      ),

    /** @throws AppError `not_found`, `search.name_taken`. */
    change: (ownerId: string, id: string, change: Partial<NewSavedSearch>): Promise<SavedSearchView> =>
      transact(async (tx) => {
        const { name } = change
        if (name !== undefined && (await store.isNameTaken(tx, ownerId, name.trim(), id))) throw nameTaken(name)
        const changed = await store.update(tx, ownerId, id, {
          ...change,
          ...(name !== undefined && { name: name.trim() }),
        })
        if (!changed) throw notFound('saved search')
        return shown(changed)
      }),

    /** @throws AppError `not_found`. */
    remove: (ownerId: string, id: string): Promise<void> =>
      transact(async (tx) => {
        if (!(await store.remove(tx, ownerId, id))) throw notFound('saved search')
      }),
  }
}

const shown = (search: SavedSearch): SavedSearchView => ({ ...search, updated_at: search.updated_at.toISOString() })

const nameTaken = (name: string) =>
  new AppError(
    'conflict',
    'search.name_taken',
    `You already keep a search named "${name.trim()}"; choose another name.`,
  )

const tooMany = () =>
  new AppError('conflict', 'search.too_many_saved', `You keep ${maxSaved} searches already; delete one of them first.`)
