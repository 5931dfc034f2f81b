import { openRecords } from '../nextcloud/records.ts'

export type User = {
  id: string
  email: string
  name: string
  password: string
  isAdmin: boolean
  quotaBytes: number | null
}
export type ApiKey = { id: string; userId: string; secret: string; permissions: string[] }
export type Face = { id: string; personId: string; box: { x1: number; y1: number; x2: number; y2: number } }
export type Asset = {
  id: string
  ownerId: string
  type: 'IMAGE' | 'VIDEO'
  name: string
  contentType: string
  /** SHA-1, base64. */
  checksum: string
  size: number
  blob: string
  takenAt: string
  offsetHours: number
  createdAt: string
  updatedAt: string
  isFavorite: boolean
  visibility: string
  deletedAt: string | null
  durationMs: number | null
  width: number | null
  height: number | null
  livePhotoVideoId: string | null
  sidecar: string | null
  description: string
  rating: number | null
  camera: {
    make: string
    model: string
    lens: string
    fNumber: number
    exposureTime: string
    iso: number
    focalLength: number
  } | null
  place: { latitude: number; longitude: number; city: string; state: string; country: string } | null
  faces: Face[]
  /** What a model would see in it. */
  keywords: string[]
}
export type Album = {
  id: string
  ownerId: string
  name: string
  description: string
  assetIds: string[]
  members: { userId: string; role: string }[]
  coverId: string | null
  createdAt: string
  updatedAt: string
}
export type Link = {
  id: string
  key: string
  userId: string
  type: 'ALBUM' | 'INDIVIDUAL'
  albumId: string | null
  assetIds: string[]
  description: string | null
  password: string | null
  expiresAt: string | null
  allowDownload: boolean
  showMetadata: boolean
  createdAt: string
}
export type Person = {
  id: string
  ownerId: string
  name: string
  birthDate: string | null
  isHidden: boolean
  isFavorite: boolean
  coverAssetId: string | null
}
export type Memory = {
  id: string
  ownerId: string
  year: number
  memoryAt: string
  assetIds: string[]
  isSaved: boolean
  seenAt: string | null
}

export type ImmichRecords = {
  users: User[]
  keys: ApiKey[]
  assets: Asset[]
  albums: Album[]
  links: Link[]
  people: Person[]
  memories: Memory[]
}

const empty = (): ImmichRecords => ({
  ...{ users: [], keys: [], assets: [], albums: [] },
  ...{ links: [], people: [], memories: [] },
})

/** All that this Immich knows, kept between runs. */
export async function openImmichRecords(stateDir: string) {
  const records = await openRecords(stateDir)
  const { value, changed } = await records.open('immich', empty())
  return { value, changed, isNew: value.users.length === 0, close: records.close }
}
