import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { type ReindexProgress, reindexStore as store } from './reindex-store.ts'

/** An index that can be made anew from what is stored. */
export type Reindexable = {
  readonly name: string
  /**
   * Makes the words of some hundred rows of an owner anew, from `position` on, without touching rows that are changed at
   * the same time in a way that would be lost.
   * @returns where the next step begins, null at the end.
   */
  reindex(tx: Tx, ownerId: string, position: string | null): Promise<{ next: string | null; rows: number }>
}

export type ReindexRun = { ownerId?: string; isFresh?: boolean; onProgress?: (progress: ReindexProgress) => void }

/** Makes indexes anew in steps of a transaction each, over any number of processes, while everybody goes on working. */
export function createReindexing(deps: { database: Database; transact: Transact; sources: readonly Reindexable[] }) {
  const { database, transact, sources } = deps
  const names = sources.map(({ name }) => name)

  const step = (ownerId: string | undefined): Promise<boolean> =>
    transact(async (tx) => {
      const taken = await store.take(tx, names, ownerId)
      const source = sources.find(({ name }) => name === taken?.source)
      if (!taken || !source) return false
      await store.move(tx, taken, await source.reindex(tx, taken.owner_id, taken.position))
      return true
    })

  return {
    /** Goes on with a run that broke off, or begins one; with `isFresh` always begins one. */
    async run({ ownerId, isFresh = false, onProgress }: ReindexRun = {}): Promise<ReindexProgress> {
      const before = await store.progress(database, ownerId)
      if (isFresh || before.done === before.owners) await store.begin(database, names, ownerId)
      for (let toldAt = performance.now(); await step(ownerId); ) {
        if (performance.now() - toldAt < 2000) continue
        toldAt = performance.now()
        onProgress?.(await store.progress(database, ownerId))
      }
      return store.progress(database, ownerId)
    },
  }
}
