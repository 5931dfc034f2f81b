import { AppError } from '#platform/errors.ts'
import type { Item } from '../items/item.ts'
import type { Changes, Transfer } from './changes.ts'
import type { Favorites } from './favorites.ts'

export type Batch = {
  action: 'move' | 'copy' | 'delete' | 'favorite' | 'unfavorite'
  ids: readonly string[]
  transfer: Pick<Transfer, 'folder' | 'conflict'>
}
export type Outcome = { id: string; item: Item | null; failure: { code: string; message: string } | null }

/** Nextcloud does about so many at once without making others wait. */
const width = 4

export type Batches = ReturnType<typeof createBatches>

/** The same done to many; what fails for one keeps it from none of the others. */
export function createBatches({ changes, favorites }: { changes: Changes; favorites: Favorites }) {
  const doOne = async (ownerId: string, id: string, { action, transfer }: Batch): Promise<Item | null> => {
    if (action === 'move' || action === 'copy') return changes[action](ownerId, id, transfer)
    if (action !== 'delete') return favorites.set(ownerId, id, action === 'favorite')
    await changes.delete(ownerId, id)
    return null
  }

  async function tryOne(ownerId: string, id: string, batch: Batch): Promise<Outcome> {
    try {
      return { id, item: await doOne(ownerId, id, batch), failure: null }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return { id, item: null, failure: { code: error.code, message: error.message } }
    }
  }

  return {
    /** In the order of the ids. */
    async run(ownerId: string, batch: Batch): Promise<Outcome[]> {
      const ids = [...new Set(batch.ids)]
      const outcomes: Outcome[] = []
      const waiting = ids.entries()
      const work = async () => {
        for (const [at, id] of waiting) outcomes[at] = await tryOne(ownerId, id, batch)
      }
      await Promise.all(Array.from({ length: width }, work))
      return outcomes
    },
  }
}
