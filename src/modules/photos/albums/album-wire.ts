import { Type } from 'typebox'
import { AssetIds, anAssetId, uuid } from '../assets/asset-wire.ts'

const text = Type.Union([Type.String(), Type.Null()])
const moment = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])
const aUserId = '7b0a3c1d-52d4-4d5e-9f55-0f6a4b1c2d3e'

const Member = Type.Object({
  ...{ user_id: Type.String(), name: Type.String(), email: Type.String() },
  role: Type.String({ enum: ['editor', 'viewer'] }),
})
export const Album = Type.Object(
  {
    ...{ id: Type.String(), name: Type.String(), description: Type.String(), cover_asset_id: text },
    ...{ asset_count: Type.Integer(), starts_at: moment, ends_at: moment },
    is_mine: Type.Boolean(),
    owner: Type.Union([
      Type.Object({ user_id: Type.String(), name: Type.String(), email: Type.String() }),
      Type.Null(),
    ]),
    members: Type.Array(Member, { description: 'Whom it is shared with.' }),
    has_link: Type.Boolean(),
    ...{ created_at: moment, updated_at: moment },
  },
  {
    examples: [
      {
        ...{ id: 'b2c7d9e0-1f3a-4f0e-8a53-5d2a6c7e9f10', name: 'Lisbon', description: 'Three days in May' },
        ...{ cover_asset_id: anAssetId, asset_count: 42, is_mine: true, has_link: false },
        ...{ starts_at: '2026-05-21T08:00:00.000Z', ends_at: '2026-05-23T20:00:00.000Z' },
        owner: { user_id: aUserId, name: 'Alice Martin', email: 'alice@ulti.example' },
        members: [{ user_id: aUserId.replace('7', '8'), name: 'Bob', email: 'bob@ulti.example', role: 'viewer' }],
        ...{ created_at: '2026-05-24T08:00:00.000Z', updated_at: '2026-05-24T09:00:00.000Z' },
      },
    ],
  },
)
export const AlbumParams = Type.Object({ album_id: uuid })
export const MemberParams = Type.Object({
  album_id: uuid,
  user_id: Type.String({
    pattern: '^(me|[0-9a-f-]{36})$',
    examples: ['me'],
    description: '`me` leaves an album of somebody else.',
  }),
})

const name = Type.String({ minLength: 1, maxLength: 200 })
const description = Type.Optional(Type.String({ maxLength: 5000 }))
export const NewAlbum = Type.Object(
  { name, description, asset_ids: Type.Optional(AssetIds) },
  { examples: [{ name: 'Lisbon', asset_ids: [anAssetId] }] },
)
export const AlbumChange = Type.Object(
  { name: Type.Optional(name), description, cover_asset_id: Type.Optional(uuid) },
  { minProperties: 1, examples: [{ name: 'Lisbon in May' }] },
)
export const ContentChange = Type.Object(
  { add: Type.Optional(AssetIds), remove: Type.Optional(AssetIds) },
  { minProperties: 1, examples: [{ add: [anAssetId] }] },
)
export const ContentResult = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        asset_id: Type.String(),
        outcome: Type.String({ enum: ['added', 'removed', 'was_there', 'not_found', 'failed'] }),
      }),
    ),
  },
  { examples: [{ items: [{ asset_id: anAssetId, outcome: 'added' }] }] },
)
export const MemberBody = Type.Object(
  { email: Type.String({ format: 'email', maxLength: 320 }), role: Member.properties.role },
  { examples: [{ email: 'bob@ulti.example', role: 'viewer' }] },
)
