import { Asset, Count } from '#integrations/immich/immich-wire.ts'
import type { Libraries } from '../account/library.ts'
import { presentAsset } from './asset-presentation.ts'

export type AssetChange = {
  is_favorite?: boolean
  visibility?: string
  description?: string
  rating?: number | null
  taken_at?: string
  latitude?: number
  longitude?: number
}

export type Assets = ReturnType<typeof createAssets>

/** Single pictures and videos, and what is done to many at once. Of many, all are done or none. */
export function createAssets({ libraries }: { libraries: Libraries }) {
  return {
    async view(ownerId: string, id: string) {
      const { immich, userId } = await libraries.of(ownerId)
      return presentAsset(await immich.call(Asset, 'GET', `/assets/${id}`), userId)
    },

    async change(ownerId: string, id: string, change: AssetChange) {
      const { immich, userId } = await libraries.of(ownerId)
      const { is_favorite: isFavorite, taken_at: dateTimeOriginal, ...rest } = change
      const body = { ...rest, isFavorite, dateTimeOriginal }
      return presentAsset(await immich.call(Asset, 'PUT', `/assets/${id}`, { body }), userId)
    },

    async changeMany(ownerId: string, ids: readonly string[], change: Pick<AssetChange, 'is_favorite' | 'visibility'>) {
      const { immich } = await libraries.of(ownerId)
      const body = { ids, isFavorite: change.is_favorite, visibility: change.visibility }
      await immich.tell('PUT', '/assets', { body })
    },

    /** Into the trash, where Immich keeps them for 30 days unless its administrator says otherwise. */
    async trash(ownerId: string, ids: readonly string[]) {
      const { immich } = await libraries.of(ownerId)
      await immich.tell('DELETE', '/assets', { body: { ids, force: false } })
    },

    /** For good. */
    async delete(ownerId: string, ids: readonly string[]) {
      const { immich } = await libraries.of(ownerId)
      await immich.tell('DELETE', '/assets', { body: { ids, force: true } })
    },

    /** Out of the trash: those named, or all of it. */
    async restore(ownerId: string, ids: readonly string[] | undefined): Promise<{ count: number }> {
      const { immich } = await libraries.of(ownerId)
      if (ids === undefined) return immich.call(Count, 'POST', '/trash/restore')
      return immich.call(Count, 'POST', '/trash/restore/assets', { body: { ids } })
    },

    async emptyTrash(ownerId: string): Promise<{ count: number }> {
      const { immich } = await libraries.of(ownerId)
      return immich.call(Count, 'POST', '/trash/empty')
    },
  }
}
