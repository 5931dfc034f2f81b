import { Type } from 'typebox'
import { visibilities } from '../timeline/timeline-item.ts'

export const uuid = Type.String({ format: 'uuid' })
const text = Type.Union([Type.String(), Type.Null()])
const number = Type.Union([Type.Number(), Type.Null()])
const moment = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])

export const anAssetId = '4f1c7c1e-6b43-4c52-9a53-1f0c9a7b2d10'
const anAsset = {
  ...{ id: anAssetId, kind: 'image', filename: 'IMG_0042.jpg', content_type: 'image/jpeg', size_bytes: 2_412_344 },
  ...{ checksum_sha1: '2fd4e1c67a2d28fced849ee1bb76e7391b93eb12', width: 4032, height: 3024, duration_ms: null },
  ...{ taken_at: '2026-05-23T09:20:00.000Z', local_taken_at: '2026-05-23T10:20:00.000Z', time_zone: 'Europe/Lisbon' },
  ...{ updated_at: '2026-05-24T08:00:00.000Z', thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI', live_photo_video_id: null },
  ...{ is_favorite: true, is_trashed: false, is_mine: true, visibility: 'timeline', description: 'Tram 28', rating: 5 },
  camera: {
    ...{ make: 'Fujifilm', model: 'X-T5', lens: 'XF23mmF2', f_number: 5.6, exposure_time: '1/250', iso: 200 },
    focal_length_mm: 23,
  },
  place: { latitude: 38.71, longitude: -9.13, city: 'Lisbon', state: 'Lisbon', country: 'Portugal' },
  people: [{ id: '0c3d2f7e-0f2b-4b52-8c55-7d0f7d2b9a01', name: 'Bob' }],
}

export const Asset = Type.Object(
  {
    id: Type.String(),
    kind: Type.String({ enum: ['image', 'video', 'audio', 'other'] }),
    ...{ filename: text, content_type: text, size_bytes: number },
    checksum_sha1: Type.Union([Type.String(), Type.Null()], { description: 'Of the original, in hexadecimal.' }),
    ...{ width: number, height: number, duration_ms: number },
    taken_at: moment,
    local_taken_at: Type.Union([Type.String(), Type.Null()], {
      description: 'What the clock showed where it was taken, spelt as if that were UTC.',
    }),
    ...{ time_zone: text, updated_at: moment, thumbhash: text, live_photo_video_id: text },
    ...{ is_favorite: Type.Boolean(), is_trashed: Type.Boolean(), is_mine: Type.Boolean() },
    visibility: Type.String({ enum: visibilities }),
    ...{ description: text, rating: number },
    camera: Type.Union([
      Type.Object({
        ...{ make: text, model: text, lens: text, f_number: number, exposure_time: text, iso: number },
        focal_length_mm: number,
      }),
      Type.Null(),
    ]),
    place: Type.Union([
      Type.Object({ latitude: number, longitude: number, city: text, state: text, country: text }),
      Type.Null(),
    ]),
    people: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
  },
  { examples: [anAsset] },
)

export const AssetParams = Type.Object({ asset_id: uuid })
export const AssetIds = Type.Array(uuid, { minItems: 1, maxItems: 1000, uniqueItems: true })

const changeable = {
  is_favorite: Type.Optional(Type.Boolean()),
  visibility: Type.Optional(
    Type.String({ enum: ['timeline', 'archive'], description: 'archive: out of the timeline.' }),
  ),
  description: Type.Optional(Type.String({ maxLength: 5000 })),
  rating: Type.Optional(Type.Union([Type.Integer({ minimum: 1, maximum: 5 }), Type.Null()])),
  taken_at: Type.Optional(Type.String({ format: 'date-time' })),
  latitude: Type.Optional(Type.Number({ minimum: -90, maximum: 90 })),
  longitude: Type.Optional(Type.Number({ minimum: -180, maximum: 180 })),
}
export const AssetChange = Type.Object(changeable, {
  minProperties: 1,
  dependentRequired: { latitude: ['longitude'], longitude: ['latitude'] },
  examples: [{ is_favorite: true, description: 'Tram 28' }],
})
export const BulkChange = Type.Object(
  { asset_ids: AssetIds, is_favorite: changeable.is_favorite, visibility: changeable.visibility },
  { minProperties: 2, examples: [{ asset_ids: [anAssetId], visibility: 'archive' }] },
)
export const IdsBody = Type.Object({ asset_ids: AssetIds }, { examples: [{ asset_ids: [anAssetId] }] })
