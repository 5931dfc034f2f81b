import { Type } from 'typebox'
import { durationMs } from '#integrations/immich/immich-dialect.ts'
import type { ImmichBucket } from '#integrations/immich/immich-wire.ts'
import type { presentAsset } from '../assets/asset-presentation.ts'

const text = Type.Union([Type.String(), Type.Null()])

export const visibilities = ['timeline', 'archive', 'hidden', 'locked'] as const

/** A picture or video in a list: what it takes to draw a grid before anything of it is loaded. */
export const TimelineItem = Type.Object(
  {
    id: Type.String(),
    kind: Type.String({ enum: ['image', 'video'] }),
    taken_at: Type.String({ format: 'date-time' }),
    utc_offset_minutes: Type.Integer({ description: 'Of where it was taken.' }),
    aspect_ratio: Type.Number({ description: 'Width by height.' }),
    thumbhash: Type.Union([Type.String(), Type.Null()], { description: 'A blurred picture of some 25 bytes, base64.' }),
    duration_ms: Type.Union([Type.Integer(), Type.Null()]),
    live_photo_video_id: text,
    is_favorite: Type.Boolean(),
    is_trashed: Type.Boolean(),
    is_mine: Type.Boolean(),
    visibility: Type.String({ enum: visibilities }),
    ...{ city: text, country: text },
  },
  {
    examples: [
      {
        ...{ id: '4f1c7c1e-6b43-4c52-9a53-1f0c9a7b2d10', kind: 'image', taken_at: '2026-05-23T09:20:00.000Z' },
        ...{ utc_offset_minutes: 60, aspect_ratio: 1.5, thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI', duration_ms: null },
        ...{ live_photo_video_id: null, is_favorite: true, is_trashed: false, is_mine: true, visibility: 'timeline' },
        ...{ city: 'Lisbon', country: 'Portugal' },
      },
    ],
  },
)

/** Immich tells a month in columns. */
export function timelineItems(bucket: ImmichBucket, userId: string | undefined) {
  return bucket.id.map((id, at) => ({
    id,
    kind: bucket.isImage[at] ? 'image' : 'video',
    taken_at: timeOf(bucket.fileCreatedAt[at]),
    utc_offset_minutes: Math.round((bucket.localOffsetHours[at] ?? 0) * 60),
    aspect_ratio: bucket.ratio[at] ?? 1,
    thumbhash: bucket.thumbhash[at] ?? null,
    duration_ms: durationMs(bucket.duration[at]),
    live_photo_video_id: bucket.livePhotoVideoId[at] ?? null,
    is_favorite: bucket.isFavorite[at] ?? false,
    is_trashed: bucket.isTrashed[at] ?? false,
    is_mine: userId !== undefined && bucket.ownerId[at] === userId,
    visibility: bucket.visibility[at] ?? 'timeline',
    city: bucket.city[at] ?? null,
    country: bucket.country[at] ?? null,
  }))
}

/** In Immich's own spelling a time may lack its zone, which is UTC. */
const timeOf = (value = ''): string => {
  const time = new Date(/Z|[+-]\d\d:\d\d$/.test(value) ? value : `${value.replace(' ', 'T')}Z`)
  return Number.isNaN(time.getTime()) ? new Date(0).toISOString() : time.toISOString()
}

/** The same of a whole asset. */
export const itemOfAsset = (asset: ReturnType<typeof presentAsset>) => ({
  id: asset.id,
  kind: asset.kind === 'video' ? 'video' : 'image',
  taken_at: asset.taken_at ?? asset.local_taken_at ?? new Date(0).toISOString(),
  utc_offset_minutes: offsetOf(asset.taken_at, asset.local_taken_at),
  aspect_ratio: asset.width && asset.height ? asset.width / asset.height : 1,
  thumbhash: asset.thumbhash,
  duration_ms: asset.duration_ms,
  live_photo_video_id: asset.live_photo_video_id,
  is_favorite: asset.is_favorite,
  is_trashed: asset.is_trashed,
  is_mine: asset.is_mine,
  visibility: asset.visibility,
  city: asset.place?.city ?? null,
  country: asset.place?.country ?? null,
})

const offsetOf = (taken: string | null, local: string | null): number =>
  taken && local ? Math.round((Date.parse(local) - Date.parse(taken)) / 60_000) : 0
