import { Type } from 'typebox'
import { anAssetId, uuid } from '../assets/asset-wire.ts'

const sha1 = Type.String({ pattern: '^[0-9a-fA-F]{40}$', examples: ['2fd4e1c67a2d28fced849ee1bb76e7391b93eb12'] })
const aSha1 = '2fd4e1c67a2d28fced849ee1bb76e7391b93eb12'

export const Upload = Type.Object(
  {
    id: Type.String(),
    state: Type.String({ enum: ['created', 'duplicate'], description: 'duplicate: you have this very file already.' }),
    checksum_sha1: Type.String({ description: 'Of what arrived.' }),
    size_bytes: Type.Union([Type.Integer(), Type.Null()], { description: 'null where nothing had to be read.' }),
  },
  { examples: [{ id: anAssetId, state: 'created', checksum_sha1: aSha1, size_bytes: 2_412_344 }] },
)
export const UploadQuery = Type.Object({
  filename: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Its ending says what it is.' })),
  taken_at: Type.Optional(Type.String({ format: 'date-time', description: 'Where the file itself does not say it.' })),
  modified_at: Type.Optional(Type.String({ format: 'date-time' })),
  is_favorite: Type.Optional(Type.Boolean()),
  visibility: Type.Optional(Type.String({ enum: ['timeline', 'archive', 'hidden'] })),
  live_photo_video_id: Type.Optional(uuid),
  checksum_sha1: Type.Optional(sha1),
})
export const ChecksBody = Type.Object(
  {
    items: Type.Array(Type.Object({ key: Type.String({ minLength: 1, maxLength: 200 }), checksum_sha1: sha1 }), {
      ...{ minItems: 1, maxItems: 2000 },
      description: '`key` is yours; it comes back.',
    }),
  },
  { examples: [{ items: [{ key: 'IMG_0042.jpg', checksum_sha1: aSha1 }] }] },
)
export const Checked = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        key: Type.String(),
        state: Type.String({ enum: ['new', 'duplicate', 'unsupported'] }),
        asset_id: Type.Union([Type.String(), Type.Null()]),
        is_trashed: Type.Boolean(),
      }),
    ),
  },
  { examples: [{ items: [{ key: 'IMG_0042.jpg', state: 'duplicate', asset_id: anAssetId, is_trashed: false }] }] },
)
