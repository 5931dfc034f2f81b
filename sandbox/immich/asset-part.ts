import { owned, seen } from './access.ts'
import type { Part } from './context.ts'
import { presentAsset } from './presentation.ts'
import type { Asset } from './records.ts'

type Change = {
  isFavorite?: boolean
  visibility?: string
  description?: string
  rating?: number | null
  dateTimeOriginal?: string
  latitude?: number
  longitude?: number
}
type Ids = { Body: { ids: string[] } }

/** Single assets, acts on many, and the trash. */
export const assetPart: Part = (http, context) => {
  const { records, changed, blobs, authentication, now } = context

  function change(asset: Asset, wanted: Change): void {
    if (wanted.isFavorite !== undefined) asset.isFavorite = wanted.isFavorite
    if (wanted.visibility !== undefined) asset.visibility = wanted.visibility
    if (wanted.description !== undefined) asset.description = wanted.description
    if (wanted.rating !== undefined) asset.rating = wanted.rating
    if (wanted.dateTimeOriginal !== undefined) asset.takenAt = new Date(wanted.dateTimeOriginal).toISOString()
    if (wanted.latitude !== undefined && wanted.longitude !== undefined) {
      const { city = '', state = '', country = '' } = asset.place ?? {}
      asset.place = { latitude: wanted.latitude, longitude: wanted.longitude, city, state, country }
    }
    asset.updatedAt = now().toISOString()
    changed()
  }

  async function remove(assets: readonly Asset[]): Promise<void> {
    const gone = new Set(assets.map(({ id }) => id))
    records.assets = records.assets.filter(({ id }) => !gone.has(id))
    for (const album of records.albums) album.assetIds = album.assetIds.filter((id) => !gone.has(id))
    for (const { blob } of assets) await blobs.remove(blob)
    changed()
  }

  http.get<{ Params: { id: string } }>('/assets/:id', async (request) => {
    const caller = authentication.require(request, 'asset.read', { isOpenToLinks: true })
    const asset = seen(records, caller, request.params.id, 'asset.read')
    return presentAsset(context, asset, { withMetadata: caller.link?.showMetadata ?? true })
  })
  http.put<{ Params: { id: string }; Body: Change }>('/assets/:id', async (request) => {
    const caller = authentication.require(request, 'asset.update')
    const [asset] = owned(records, caller, [request.params.id], 'asset.update') as [Asset]
    change(asset, request.body)
    return presentAsset(context, asset)
  })
  http.put<{ Body: Change & { ids: string[] } }>('/assets', async (request, reply) => {
    const caller = authentication.require(request, 'asset.update')
    for (const asset of owned(records, caller, request.body.ids, 'asset.update')) change(asset, request.body)
    return reply.code(204).send()
  })
  http.delete<{ Body: { ids: string[]; force?: boolean } }>('/assets', async (request, reply) => {
    const caller = authentication.require(request, 'asset.delete')
    const assets = owned(records, caller, request.body.ids, 'asset.delete')
    if (request.body.force) await remove(assets)
    else for (const asset of assets) asset.deletedAt = now().toISOString()
    changed()
    return reply.code(204).send()
  })
  http.get<{ Querystring: { visibility?: string } }>('/assets/statistics', async (request) => {
    const { user } = authentication.require(request, 'asset.statistics')
    const { visibility } = request.query
    const mine = records.assets.filter(
      (one) => one.ownerId === user.id && one.deletedAt === null && (visibility ? one.visibility === visibility : true),
    )
    const videos = mine.filter(({ type }) => type === 'VIDEO').length
    return { images: mine.length - videos, videos, total: mine.length }
  })

  const trashOf = (userId: string) => records.assets.filter((one) => one.ownerId === userId && one.deletedAt !== null)
  function restore(assets: readonly Asset[]): { count: number } {
    for (const asset of assets) asset.deletedAt = null
    changed()
    return { count: assets.length }
  }
  http.post('/trash/restore', async (request) =>
    restore(trashOf(authentication.require(request, 'asset.delete').user.id)),
  )
  http.post<Ids>('/trash/restore/assets', async (request) => {
    const caller = authentication.require(request, 'asset.delete')
    return restore(
      owned(records, caller, request.body.ids, 'asset.delete').filter(({ deletedAt }) => deletedAt !== null),
    )
  })
  http.post('/trash/empty', async (request) => {
    const trash = trashOf(authentication.require(request, 'asset.delete').user.id)
    await remove(trash)
    return { count: trash.length }
  })
}
