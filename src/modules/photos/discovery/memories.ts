import { Memories as MemoryList } from '#integrations/immich/immich-wire.ts'
import type { Libraries } from '../account/library.ts'
import { presentAsset } from '../assets/asset-presentation.ts'

export type Memories = ReturnType<typeof createMemories>

/** What was on a day years ago. */
export function createMemories({ libraries }: { libraries: Libraries }) {
  return {
    async list(ownerId: string, date: string) {
      const { immich, userId } = await libraries.of(ownerId)
      const memories = await immich.call(MemoryList, 'GET', '/memories', { query: { for: `${date}T00:00:00.000Z` } })
      const items = memories.map(({ id, data, memoryAt, isSaved, seenAt, assets }) => ({
        ...{ id, year: data.year ?? null, memory_at: new Date(memoryAt).toISOString(), is_saved: isSaved },
        seen_at: seenAt ? new Date(seenAt).toISOString() : null,
        assets: assets.map((asset) => presentAsset(asset, userId)),
      }))
      return { items, next_cursor: null }
    },

    async change(ownerId: string, id: string, change: { is_saved?: boolean; seen_at?: string }): Promise<void> {
      const { immich } = await libraries.of(ownerId)
      await immich.tell('PUT', `/memories/${id}`, { body: { isSaved: change.is_saved, seenAt: change.seen_at } })
    },
  }
}
