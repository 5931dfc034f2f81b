import { Type } from 'typebox'
import { Asset, AssetIds, anAssetId, uuid } from '../assets/asset-wire.ts'

const text = Type.Union([Type.String(), Type.Null()])
const words = Type.Optional(Type.String({ minLength: 1, maxLength: 200 }))
const moment = Type.Optional(Type.String({ format: 'date-time' }))

export const SearchBody = Type.Object(
  {
    query: Type.Optional(
      Type.String({
        ...{ minLength: 1, maxLength: 500 },
        description: 'Words for what is to be seen ("dog on a beach"); with it the best come first.',
      }),
    ),
    ...{ filename: words, description: words },
    kind: Type.Optional(Type.Union([Type.Literal('image'), Type.Literal('video')])),
    person_ids: Type.Optional(AssetIds),
    album_ids: Type.Optional(AssetIds),
    ...{ city: words, state: words, country: words, make: words, model: words },
    rating: Type.Optional(Type.Integer({ minimum: 1, maximum: 5 })),
    is_favorite: Type.Optional(Type.Boolean()),
    is_in_no_album: Type.Optional(Type.Boolean()),
    visibility: Type.Optional(Type.String({ enum: ['timeline', 'archive'], default: 'timeline' })),
    ...{ taken_after: moment, taken_before: moment },
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    cursor: Type.Optional(Type.String({ maxLength: 500 })),
  },
  { examples: [{ query: 'tram in the evening', country: 'Portugal', taken_after: '2026-05-01T00:00:00Z' }] },
)

const box = (limit: number) => Type.Optional(Type.Number({ minimum: -limit, maximum: limit }))
export const MapQuery = Type.Object({
  ...{ west: box(180), south: box(90), east: box(180), north: box(90) },
  is_favorite: Type.Optional(Type.Boolean()),
  ...{ taken_after: moment, taken_before: moment },
})
export const Marker = Type.Object(
  {
    ...{ asset_id: Type.String(), latitude: Type.Number(), longitude: Type.Number() },
    ...{ city: text, state: text, country: text },
  },
  {
    examples: [
      { asset_id: anAssetId, latitude: 38.71, longitude: -9.13, city: 'Lisbon', state: 'Lisbon', country: 'Portugal' },
    ],
  },
)
export const City = Type.Object(
  { city: Type.String(), country: text, asset_id: Type.String() },
  { examples: [{ city: 'Lisbon', country: 'Portugal', asset_id: anAssetId }] },
)

const { examples: assetExamples } = Asset as unknown as { examples: unknown[] }
export const Memory = Type.Object(
  {
    id: Type.String(),
    year: Type.Union([Type.Integer(), Type.Null()]),
    memory_at: Type.String({ format: 'date-time' }),
    is_saved: Type.Boolean(),
    seen_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    assets: Type.Array(Asset),
  },
  {
    examples: [
      {
        ...{ id: 'e4f9a1b2-3c5d-4e6f-8a71-8b9c0d1e2f3a', year: 2021, memory_at: '2021-05-23T00:00:00.000Z' },
        ...{ is_saved: false, seen_at: null, assets: assetExamples },
      },
    ],
  },
)
export const MemoryParams = Type.Object({ memory_id: uuid })
export const MemoryChange = Type.Object(
  { is_saved: Type.Optional(Type.Boolean()), seen_at: moment },
  { minProperties: 1, examples: [{ is_saved: true }] },
)
