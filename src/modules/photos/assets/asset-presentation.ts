import { durationMs } from '#integrations/immich/immich-dialect.ts'
import type { ImmichAsset } from '#integrations/immich/immich-wire.ts'

/** An asset in our style. `userId` is who looks; undefined for somebody who came by a link. */
export function presentAsset(asset: ImmichAsset, userId: string | undefined) {
  const exif = asset.exifInfo
  return {
    id: asset.id,
    kind: kindOf(asset.type),
    filename: asset.originalFileName ?? null,
    content_type: asset.originalMimeType ?? null,
    size_bytes: exif?.fileSizeInByte ?? null,
    checksum_sha1: asset.checksum ? Buffer.from(asset.checksum, 'base64').toString('hex') : null,
    width: asset.width ?? exif?.exifImageWidth ?? null,
    height: asset.height ?? exif?.exifImageHeight ?? null,
    duration_ms: durationMs(asset.duration),
    taken_at: momentOf(asset.fileCreatedAt),
    local_taken_at: momentOf(asset.localDateTime),
    time_zone: exif?.timeZone ?? null,
    updated_at: momentOf(asset.updatedAt),
    thumbhash: asset.thumbhash ?? null,
    live_photo_video_id: asset.livePhotoVideoId ?? null,
    is_favorite: asset.isFavorite ?? false,
    is_trashed: asset.isTrashed ?? false,
    is_mine: userId !== undefined && asset.ownerId === userId,
    visibility: asset.visibility ?? 'timeline',
    description: exif?.description || null,
    rating: exif?.rating ?? null,
    camera: cameraOf(exif),
    place: placeOf(exif),
    people: (asset.people ?? []).filter(({ isHidden }) => !isHidden).map(({ id, name }) => ({ id, name })),
  }
}

function cameraOf(exif: ImmichAsset['exifInfo']) {
  if (!exif) return null
  return {
    make: exif.make ?? null,
    model: exif.model ?? null,
    lens: exif.lensModel ?? null,
    f_number: exif.fNumber ?? null,
    exposure_time: exif.exposureTime ?? null,
    iso: exif.iso ?? null,
    focal_length_mm: exif.focalLength ?? null,
  }
}

function placeOf(exif: ImmichAsset['exifInfo']) {
  const { latitude = null, longitude = null, city = null, state = null, country = null } = exif ?? {}
  if (latitude === null && city === null && country === null) return null
  return { latitude, longitude, city, state, country }
}

const kindOf = (type: string): string => {
  const kind = type.toLowerCase()
  return ['image', 'video', 'audio'].includes(kind) ? kind : 'other'
}

const momentOf = (value: string | null | undefined): string | null => {
  const time = new Date(value ?? '')
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}
