import { type Static, type TSchema, Type } from 'typebox'

/** May be missing or null: versions differ, and links without metadata leave most of an asset out. */
const maybe = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]))
const [text, number, flag] = [Type.String(), Type.Number(), Type.Boolean()]

export const ServerVersion = Type.Object({ major: number, minor: number, patch: number })

const User = Type.Object({ id: text, name: text, email: text })
export const Me = Type.Object({ ...User.properties, quotaSizeInBytes: maybe(number), quotaUsageInBytes: maybe(number) })
export const Users = Type.Array(User)
export const Login = Type.Object({ accessToken: text, userId: text })
export const NewKey = Type.Object({ secret: text, apiKey: Type.Object({ id: text }) })

const Exif = Type.Object({
  ...{ make: maybe(text), model: maybe(text), lensModel: maybe(text), description: maybe(text), timeZone: maybe(text) },
  ...{ fNumber: maybe(number), focalLength: maybe(number), iso: maybe(number), exposureTime: maybe(text) },
  ...{ fileSizeInByte: maybe(number), exifImageWidth: maybe(number), exifImageHeight: maybe(number) },
  ...{ latitude: maybe(number), longitude: maybe(number), city: maybe(text), state: maybe(text), country: maybe(text) },
  rating: maybe(number),
})
export const Person = Type.Object({
  ...{ id: text, name: text, birthDate: maybe(text), isHidden: flag, isFavorite: maybe(flag) },
})
export const Asset = Type.Object({
  ...{ id: text, type: text, ownerId: maybe(text), originalFileName: maybe(text), originalMimeType: maybe(text) },
  ...{ fileCreatedAt: maybe(text), localDateTime: maybe(text), createdAt: maybe(text), updatedAt: maybe(text) },
  ...{ isFavorite: maybe(flag), isTrashed: maybe(flag), visibility: maybe(text), thumbhash: maybe(text) },
  ...{ checksum: maybe(text), livePhotoVideoId: maybe(text), width: maybe(number), height: maybe(number) },
  // A text in 2, milliseconds in 3.
  duration: maybe(Type.Union([text, number])),
  exifInfo: maybe(Exif),
  people: maybe(Type.Array(Person)),
})
export type ImmichAsset = Static<typeof Asset>
export const Assets = Type.Array(Asset)

export const Buckets = Type.Array(Type.Object({ timeBucket: text, count: number }))
export const Bucket = Type.Object({
  ...{ id: Type.Array(text), ownerId: Type.Array(text), ratio: Type.Array(number), isImage: Type.Array(flag) },
  ...{ isFavorite: Type.Array(flag), isTrashed: Type.Array(flag), visibility: Type.Array(text) },
  ...{ fileCreatedAt: Type.Array(text), localOffsetHours: Type.Array(number) },
  thumbhash: Type.Array(Type.Union([text, Type.Null()])),
  livePhotoVideoId: Type.Array(Type.Union([text, Type.Null()])),
  duration: Type.Array(Type.Union([text, number, Type.Null()])),
  city: Type.Array(Type.Union([text, Type.Null()])),
  country: Type.Array(Type.Union([text, Type.Null()])),
})
export type ImmichBucket = Static<typeof Bucket>

export const Uploaded = Type.Object({ id: text, status: text })
export const UploadChecks = Type.Object({
  results: Type.Array(
    Type.Object({ id: text, action: text, reason: maybe(text), assetId: maybe(text), isTrashed: maybe(flag) }),
  ),
})
/** What became of each id of a bulk request. */
export const BulkResults = Type.Array(Type.Object({ id: text, success: flag, error: maybe(text) }))
export const Count = Type.Object({ count: number })

export const Album = Type.Object({
  ...{ id: text, albumName: text, description: text, createdAt: text, updatedAt: text, assetCount: number },
  ...{ albumThumbnailAssetId: maybe(text), startDate: maybe(text), endDate: maybe(text), shared: maybe(flag) },
  ...{ hasSharedLink: maybe(flag), order: maybe(text), owner: maybe(User) },
  albumUsers: Type.Array(Type.Object({ user: User, role: text })),
})
export type ImmichAlbum = Static<typeof Album>
export const Albums = Type.Array(Album)

export const SharedLink = Type.Object({
  ...{ id: text, key: text, type: text, createdAt: text, expiresAt: maybe(text), description: maybe(text) },
  ...{ password: maybe(text), allowDownload: flag, showMetadata: flag, assets: maybe(Type.Array(Asset)) },
  album: maybe(Type.Object({ id: text, albumName: text, description: maybe(text), assetCount: maybe(number) })),
  token: maybe(text),
})
export type ImmichSharedLink = Static<typeof SharedLink>
export const SharedLinks = Type.Array(SharedLink)

export const People = Type.Object({ people: Type.Array(Person), total: number, hasNextPage: maybe(flag) })
export const PersonStatistics = Type.Object({ assets: number })
export const Faces = Type.Array(
  Type.Object({
    ...{ id: text, imageWidth: number, imageHeight: number, person: maybe(Person) },
    ...{ boundingBoxX1: number, boundingBoxX2: number, boundingBoxY1: number, boundingBoxY2: number },
  }),
)

export const Markers = Type.Array(
  Type.Object({ id: text, lat: number, lon: number, city: maybe(text), state: maybe(text), country: maybe(text) }),
)
export const Memories = Type.Array(
  Type.Object({
    ...{ id: text, type: text, memoryAt: text, isSaved: flag, seenAt: maybe(text) },
    data: Type.Object({ year: maybe(number) }),
    assets: Type.Array(Asset),
  }),
)
export const Found = Type.Object({
  assets: Type.Object({ items: Type.Array(Asset), nextPage: maybe(text) }),
})
export const Statistics = Type.Object({ images: number, videos: number, total: number })
