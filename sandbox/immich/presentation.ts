import type { Context } from './context.ts'
import type { Album, Asset, ImmichRecords, Link, Person, User } from './records.ts'

type Versioned = Pick<Context, 'version' | 'records'>

/** `0:00:05.12300` in 2, milliseconds in 3. */
export function durationOf({ version }: Versioned, ms: number | null): string | number | null {
  if (version.major > 2) return ms
  const seconds = (ms ?? 0) / 1000
  const clock = new Date(Math.floor(seconds) * 1000).toISOString().slice(12, 19)
  return `${clock}.${String(Math.round((seconds % 1) * 100_000)).padStart(5, '0')}`
}

export const presentUser = ({ id, name, email }: User) => ({
  ...{ id, name, email },
  ...{ profileImagePath: '', avatarColor: 'primary', profileChangedAt: new Date(0).toISOString() },
})

export function presentAsset(context: Versioned, asset: Asset, options: { withMetadata?: boolean } = {}): object {
  const { withMetadata = true } = options
  const local = new Date(new Date(asset.takenAt).getTime() + asset.offsetHours * 3_600_000).toISOString()
  const bare = {
    ...{ id: asset.id, type: asset.type, thumbhash: null, localDateTime: local, hasMetadata: withMetadata },
    ...{ duration: durationOf(context, asset.durationMs), livePhotoVideoId: asset.livePhotoVideoId },
    ...{ width: asset.width, height: asset.height },
  }
  if (!withMetadata) return bare
  return {
    ...bare,
    ...(context.version.major === 2 && { deviceAssetId: asset.name, deviceId: 'web' }),
    ...{ ownerId: asset.ownerId, originalPath: `/data/${asset.blob}`, originalFileName: asset.name },
    ...{ originalMimeType: asset.contentType, fileCreatedAt: asset.takenAt, fileModifiedAt: asset.takenAt },
    ...{ createdAt: asset.createdAt, updatedAt: asset.updatedAt, isFavorite: asset.isFavorite },
    ...{ isArchived: asset.visibility === 'archive', isTrashed: asset.deletedAt !== null, isOffline: false },
    ...{ visibility: asset.visibility, checksum: asset.checksum },
    exifInfo: exifOf(asset),
    people: peopleOn(context.records, asset).map((person) => presentPerson(person)),
  }
}

function exifOf(asset: Asset): object {
  const { camera, place } = asset
  return {
    ...{ make: camera?.make ?? null, model: camera?.model ?? null, lensModel: camera?.lens ?? null },
    ...{ fNumber: camera?.fNumber ?? null, exposureTime: camera?.exposureTime ?? null, iso: camera?.iso ?? null },
    ...{ focalLength: camera?.focalLength ?? null, fileSizeInByte: asset.size, orientation: '1' },
    ...{ exifImageWidth: asset.width, exifImageHeight: asset.height, dateTimeOriginal: asset.takenAt },
    timeZone: `UTC${asset.offsetHours < 0 ? '-' : '+'}${Math.abs(asset.offsetHours)}`,
    ...{ latitude: place?.latitude ?? null, longitude: place?.longitude ?? null },
    ...{ city: place?.city ?? null, state: place?.state ?? null, country: place?.country ?? null },
    ...{ description: asset.description, rating: asset.rating },
  }
}

export const peopleOn = ({ people }: ImmichRecords, { faces }: Asset): Person[] =>
  people.filter(({ id }) => faces.some(({ personId }) => personId === id))

export const presentPerson = ({ id, name, birthDate, isHidden, isFavorite }: Person) => ({
  ...{ id, name, birthDate, isHidden, isFavorite, thumbnailPath: `/data/thumbs/${id}.jpeg` },
})

export function presentAlbum(context: Versioned, album: Album): object {
  const { records, version } = context
  const userOf = (id: string) => presentUser(records.users.find((one) => one.id === id) as User)
  const members = album.members.map(({ userId, role }) => ({ user: userOf(userId), role }))
  const assets = assetsIn(records, album)
  const times = assets.map(({ takenAt }) => takenAt).sort()
  const hasSharedLink = records.links.some(({ albumId }) => albumId === album.id)
  return {
    ...{ id: album.id, albumName: album.name, description: album.description },
    ...{ createdAt: album.createdAt, updatedAt: album.updatedAt, order: 'desc', isActivityEnabled: true },
    ...{ albumThumbnailAssetId: album.coverId ?? assets[0]?.id ?? null, assetCount: assets.length },
    ...{ startDate: times[0], endDate: times.at(-1), hasSharedLink, shared: members.length > 0 || hasSharedLink },
    ...(version.major === 2
      ? { ownerId: album.ownerId, owner: userOf(album.ownerId), albumUsers: members, assets: [] }
      : { albumUsers: [{ user: userOf(album.ownerId), role: 'owner' }, ...members] }),
  }
}

const assetsIn = ({ assets }: ImmichRecords, album: Album): Asset[] =>
  assets.filter(({ id, deletedAt }) => album.assetIds.includes(id) && deletedAt === null)

/** For its owner, and for who came by it. */
export function presentLink(context: Versioned, link: Link): object {
  const { records, version } = context
  const album = records.albums.find(({ id }) => id === link.albumId)
  const assets = records.assets.filter(({ id, deletedAt }) => link.assetIds.includes(id) && deletedAt === null)
  return {
    ...{ id: link.id, key: link.key, userId: link.userId, type: link.type, description: link.description },
    ...{ password: link.password, createdAt: link.createdAt, expiresAt: link.expiresAt, allowUpload: false },
    ...{ allowDownload: link.allowDownload, showMetadata: link.showMetadata, slug: null },
    ...(version.major === 2 && { token: null }),
    assets: assets.map((asset) => presentAsset(context, asset, { withMetadata: link.showMetadata })),
    ...(album && { album: presentAlbum(context, album) }),
  }
}
