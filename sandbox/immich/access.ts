import type { Caller } from './authentication.ts'
import type { Album, Asset, ImmichRecords } from './records.ts'
import { noAccess } from './refusal.ts'

export const isMember = (album: Album, userId: string): boolean =>
  album.ownerId === userId || album.members.some((member) => member.userId === userId)

/** Whether the caller may see it: their own, in an album that is shared with them, or behind their link. */
export function maySee(records: ImmichRecords, { user, link }: Caller, asset: Asset): boolean {
  if (link) {
    if (asset.deletedAt !== null) return false
    const album = records.albums.find(({ id }) => id === link.albumId)
    return link.assetIds.includes(asset.id) || (album?.assetIds.includes(asset.id) ?? false)
  }
  if (asset.ownerId === user.id) return true
  return records.albums.some((album) => isMember(album, user.id) && album.assetIds.includes(asset.id))
}

/** @throws Refusal unless the caller may see it. */
export function seen(records: ImmichRecords, caller: Caller, id: string, permission: string): Asset {
  const asset = records.assets.find((one) => one.id === id)
  if (!asset || !maySee(records, caller, asset)) throw noAccess(permission)
  return asset
}

/** @throws Refusal unless all of them are the caller's own. */
export function owned(records: ImmichRecords, { user }: Caller, ids: readonly string[], permission: string): Asset[] {
  const assets = ids.flatMap((id) => records.assets.find((one) => one.id === id && one.ownerId === user.id) ?? [])
  if (assets.length !== ids.length) throw noAccess(permission)
  return assets
}

/** @throws Refusal unless it is the caller's album, or shared with them. */
export function albumSeen(records: ImmichRecords, { user, link }: Caller, id: string): Album {
  const album = records.albums.find((one) => one.id === id)
  const isSeen = album && (link ? link.albumId === id : isMember(album, user.id))
  if (!album || !isSeen) throw noAccess('album.read')
  return album
}

/** @throws Refusal unless it is the caller's album. */
export function albumOwned(records: ImmichRecords, caller: Caller, id: string, permission: string): Album {
  const album = albumSeen(records, caller, id)
  if (album.ownerId !== caller.user.id) throw noAccess(permission)
  return album
}
