import type { Database, Transact } from '#platform/database/database.ts'
import { recentQueryStore as store } from './recent-query-store.ts'

export type RecentQueries = ReturnType<typeof createRecentQueries>

/**
 * What somebody searched for last, the same query in any case once. A front end notes a query when its person chose it,
 * since what a search is asked while somebody types is nothing to remember.
 */
export function createRecentQueries({ database, transact }: { database: Database; transact: Transact }) {
  return {
    async list(ownerId: string, limit: number) {
      const recent = await store.list(database, ownerId, limit)
      return { items: recent.map(({ q, used_at }) => ({ q, used_at: used_at.toISOString() })) }
    },
    beginningWith: async (ownerId: string, typed: string, limit: number): Promise<string[]> =>
      (await store.list(database, ownerId, limit, keyOf(typed))).map(({ q }) => q),
    note: (ownerId: string, q: string): Promise<void> => transact((tx) => store.note(tx, ownerId, clean(q), keyOf(q))),
    forget: (ownerId: string, q?: string): Promise<void> =>
      transact((tx) => store.forget(tx, ownerId, q === undefined ? undefined : keyOf(q))),
  }
}

const clean = (q: string): string => q.replaceAll('\0', ' ').toWellFormed().replaceAll(/\s+/g, ' ').trim()
const keyOf = (q: string): string => clean(q).toLowerCase()
