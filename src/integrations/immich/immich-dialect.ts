import { AppError } from '#platform/errors.ts'
import type { ImmichAlbum } from './immich-wire.ts'

export type ImmichVersion = { major: number; minor: number; patch: number }
export type AlbumMember = { user: { id: string; name: string; email: string }; role: string }

/** How one version of Immich is spoken to, where 2 and 3 differ; nothing else knows versions. */
export type ImmichDialect = Readonly<{
  /** `3.2.0` */
  version: string
  /** What the form of an upload must bear beside what both want. */
  uploadFields(file: { name: string; createdAt: string }): Record<string, string>
  /** Queries of `GET /albums` that together answer those of the person and those shared with them. */
  albumQueries: readonly Readonly<Record<string, string>>[]
  ownerOf(album: ImmichAlbum): AlbumMember['user'] | undefined
  /** Whom the album is shared with. */
  membersOf(album: ImmichAlbum): AlbumMember[]
  /** The change of a shared link with a new time of expiry, which may be null for never. */
  linkChange(change: Record<string, unknown>): Record<string, unknown>
  mergePeople(into: string, others: readonly string[]): { path: string; body: { ids: readonly string[] } }
  /** How the password of a shared link is tried. */
  unlocking: 'login' | 'query'
}>

/** @throws AppError `photos.unsupported_version` for anything before 2. */
export function dialectOf(version: ImmichVersion): ImmichDialect {
  const { major, minor, patch } = version
  const name = `${major}.${minor}.${patch}`
  if (major < 2) throw unsupported(name)
  return major === 2 ? ofTwo(name) : ofThree(name, version)
}

const ofTwo = (version: string): ImmichDialect => ({
  version,
  uploadFields: ({ name, createdAt }) => ({ deviceAssetId: `${name}-${createdAt}`, deviceId: 'ulti' }),
  // Without a query Immich 2 answers those that the person owns.
  albumQueries: [{}, { shared: 'true' }],
  ownerOf: ({ owner }) => owner ?? undefined,
  membersOf: ({ albumUsers }) => albumUsers,
  // A null alone counts as nothing said.
  linkChange: (change) => (change.expiresAt === null ? { ...change, changeExpiryTime: true } : change),
  mergePeople: (into, ids) => ({ path: `/people/${into}/merge`, body: { ids } }),
  unlocking: 'query',
})

const ofThree = (version: string, { major, minor, patch }: ImmichVersion): ImmichDialect => ({
  version,
  uploadFields: () => ({}),
  albumQueries: [{}],
  ownerOf: ({ albumUsers }) => albumUsers.find(({ role }) => role === 'owner')?.user,
  membersOf: ({ albumUsers }) => albumUsers.filter(({ role }) => role !== 'owner'),
  linkChange: (change) => change,
  // The address below one person is deprecated since 3.2.1.
  mergePeople: (into, ids) =>
    major > 3 || minor > 2 || (minor === 2 && patch >= 1)
      ? { path: '/people/merge', body: { ids: [into, ...ids] } }
      : { path: `/people/${into}/merge`, body: { ids } },
  unlocking: 'login',
})

/** Milliseconds of `0:00:05.12300` (Immich 2) or of a number (3); null for what has no duration. */
export function durationMs(value: string | number | null | undefined): number | null {
  if (typeof value === 'number') return value > 0 ? Math.round(value) : null
  const [, hours, minutes, seconds] = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(value ?? '') ?? []
  const total = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
  return total > 0 ? Math.round(total * 1000) : null
}

/** What a key that ultid makes may do: what this service does with it, and nothing more. */
export const keyPermissions: readonly string[] = [
  ...['asset.read', 'asset.update', 'asset.delete', 'asset.view', 'asset.download', 'asset.upload', 'asset.statistics'],
  ...['album.read', 'album.create', 'album.update', 'album.delete', 'albumAsset.create', 'albumAsset.delete'],
  ...['albumUser.create', 'albumUser.update', 'albumUser.delete', 'user.read'],
  ...['person.read', 'person.update', 'person.merge', 'person.statistics', 'face.read'],
  ...['sharedLink.read', 'sharedLink.create', 'sharedLink.update', 'sharedLink.delete', 'memory.read', 'memory.update'],
]
/** Beside them, for those that know it: the first ones of Immich 2 refuse a key with a permission that they do not. */
export const laterKeyPermissions: readonly string[] = ['map.read']

const unsupported = (version: string) =>
  new AppError(
    'upstream_unavailable',
    'photos.unsupported_version',
    `Immich ${version} is too old for Ulti; your administrator can update it to 2 or 3.`,
  )
