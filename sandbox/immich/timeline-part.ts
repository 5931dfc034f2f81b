import { albumSeen, maySee } from './access.ts'
import type { Caller } from './authentication.ts'
import type { Context, Part } from './context.ts'
import { durationOf } from './presentation.ts'
import type { Asset } from './records.ts'

type Query = {
  albumId?: string
  personId?: string
  isFavorite?: string
  isTrashed?: string
  visibility?: string
  order?: string
}

/** The timeline by months, in columns. */
export const timelinePart: Part = (http, context) => {
  const { authentication } = context
  http.get<{ Querystring: Query }>('/timeline/buckets', async (request) => {
    const caller = authentication.require(request, 'asset.read', { isOpenToLinks: true })
    const counts = new Map<string, number>()
    for (const asset of found(context, caller, request.query)) {
      const month = monthOf(asset)
      counts.set(month, (counts.get(month) ?? 0) + 1)
    }
    return [...counts].map(([timeBucket, count]) => ({ timeBucket, count }))
  })
  http.get<{ Querystring: Query & { timeBucket: string } }>('/timeline/bucket', async (request) => {
    const caller = authentication.require(request, 'asset.read', { isOpenToLinks: true })
    const assets = found(context, caller, request.query).filter((one) => monthOf(one) === request.query.timeBucket)
    return columnsOf(context, caller, assets)
  })
}

/** Newest first. */
function found({ records }: Context, caller: Caller, query: Query): Asset[] {
  const album = query.albumId === undefined ? undefined : albumSeen(records, caller, query.albumId)
  const isWanted = (asset: Asset) =>
    (album ? album.assetIds.includes(asset.id) : asset.ownerId === caller.user.id && !caller.link) &&
    maySee(records, caller, asset) &&
    asset.visibility !== 'hidden' &&
    (query.visibility ? asset.visibility === query.visibility : true) &&
    (query.isFavorite ? String(asset.isFavorite) === query.isFavorite : true) &&
    String(asset.deletedAt !== null) === (query.isTrashed ?? 'false') &&
    (query.personId ? asset.faces.some(({ personId }) => personId === query.personId) : true)
  return records.assets.filter(isWanted).sort((a, b) => b.takenAt.localeCompare(a.takenAt))
}

/** Of the clock where it was taken. */
const monthOf = ({ takenAt, offsetHours }: Asset): string =>
  `${new Date(new Date(takenAt).getTime() + offsetHours * 3_600_000).toISOString().slice(0, 7)}-01`

function columnsOf(context: Context, { link }: Caller, assets: readonly Asset[]) {
  const withMetadata = link?.showMetadata ?? true
  return {
    id: assets.map(({ id }) => id),
    ownerId: assets.map(({ ownerId }) => ownerId),
    ratio: assets.map(({ width, height }) => (width && height ? width / height : 1)),
    isFavorite: assets.map(({ isFavorite }) => isFavorite && !link),
    visibility: assets.map(({ visibility }) => visibility),
    isTrashed: assets.map(({ deletedAt }) => deletedAt !== null),
    isImage: assets.map(({ type }) => type === 'IMAGE'),
    thumbhash: assets.map(() => null),
    fileCreatedAt: assets.map(({ takenAt }) => takenAt.replace('Z', '')),
    localOffsetHours: assets.map(({ offsetHours }) => offsetHours),
    duration: assets.map(({ durationMs }) => (durationMs === null ? null : durationOf(context, durationMs))),
    projectionType: assets.map(() => null),
    livePhotoVideoId: assets.map(({ livePhotoVideoId }) => livePhotoVideoId),
    city: assets.map(({ place }) => (withMetadata ? (place?.city ?? null) : null)),
    country: assets.map(({ place }) => (withMetadata ? (place?.country ?? null) : null)),
  }
}
