import { Type } from 'typebox'
import { Me, Statistics } from '#integrations/immich/immich-wire.ts'
import type { Libraries } from '../account/library.ts'

export const LibraryStatistics = Type.Object(
  {
    ...{ images: Type.Integer(), videos: Type.Integer(), total: Type.Integer(), archived: Type.Integer() },
    used_bytes: Type.Number(),
    quota_bytes: Type.Union([Type.Number(), Type.Null()], { description: 'null: as much as there is.' }),
  },
  {
    examples: [{ images: 1200, videos: 80, total: 1280, archived: 12, used_bytes: 6_412_345_678, quota_bytes: null }],
  },
)

/** How much somebody has, and how much room. */
export async function statisticsOf(libraries: Libraries, ownerId: string) {
  const { immich } = await libraries.of(ownerId)
  const [all, archive, me] = await Promise.all([
    immich.call(Statistics, 'GET', '/assets/statistics'),
    immich.call(Statistics, 'GET', '/assets/statistics', { query: { visibility: 'archive' } }),
    immich.call(Me, 'GET', '/users/me'),
  ])
  return {
    ...{ images: all.images, videos: all.videos, total: all.total, archived: archive.total },
    ...{ used_bytes: me.quotaUsageInBytes ?? 0, quota_bytes: me.quotaSizeInBytes ?? null },
  }
}
