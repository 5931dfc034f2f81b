import { Type } from 'typebox'
import { AssetIds, anAssetId, uuid } from '../assets/asset-wire.ts'

const text = Type.Union([Type.String(), Type.Null()])
const moment = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])
const kind = Type.String({ enum: ['album', 'assets'] })

export const Link = Type.Object(
  {
    ...{ id: Type.String(), kind },
    url: Type.String({ description: 'Whoever has it sees what it leads to.' }),
    album: Type.Union([Type.Object({ id: Type.String(), name: Type.String() }), Type.Null()]),
    asset_ids: Type.Array(Type.String(), { description: 'Of a link to single pictures and videos.' }),
    ...{
      description: text,
      has_password: Type.Boolean(),
      allow_download: Type.Boolean(),
      show_metadata: Type.Boolean(),
    },
    ...{ expires_at: moment, created_at: moment },
  },
  {
    examples: [
      {
        ...{ id: 'd3e8f0a1-2b4c-4d5e-9f60-7a8b9c0d1e2f', kind: 'album' },
        url: 'https://ulti.example.test/api/v1/photos/shared/gP3v7K0c2fJ1x',
        album: { id: 'b2c7d9e0-1f3a-4f0e-8a53-5d2a6c7e9f10', name: 'Lisbon' },
        ...{ asset_ids: [], description: 'For grandmother', has_password: true, allow_download: true },
        ...{ show_metadata: false, expires_at: '2026-07-01T00:00:00.000Z', created_at: '2026-05-24T08:00:00.000Z' },
      },
    ],
  },
)
export const LinkParams = Type.Object({ link_id: uuid })

const changeable = {
  description: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 1000 }), Type.Null()])),
  password: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Type.Null()])),
  expires_at: Type.Optional(moment),
  allow_download: Type.Optional(Type.Boolean({ description: 'Originals as well; true by default.' })),
  show_metadata: Type.Optional(Type.Boolean({ description: 'Places as well; true by default.' })),
}
export const NewLink = Type.Object(
  { album_id: Type.Optional(uuid), asset_ids: Type.Optional(AssetIds), ...changeable },
  { description: 'Either an album or assets.', examples: [{ asset_ids: [anAssetId], password: 'tram 28' }] },
)
export const LinkChange = Type.Object(changeable, { minProperties: 1, examples: [{ expires_at: null }] })

export const SharedParams = Type.Object({
  code: Type.String({
    pattern: '^[A-Za-z0-9_-]{1,200}$',
    examples: ['f3kQ9x_2'],
    description: 'The last part of the link.',
  }),
})
export const SharedAssetParams = Type.Object({ ...SharedParams.properties, asset_id: uuid })
export const SharedView = Type.Object(
  {
    ...{ kind, title: text, description: text, asset_count: Type.Integer() },
    ...{ allow_download: Type.Boolean(), show_metadata: Type.Boolean(), expires_at: moment },
  },
  {
    examples: [
      {
        ...{ kind: 'album', title: 'Lisbon', description: 'For grandmother', asset_count: 42 },
        ...{ allow_download: true, show_metadata: false, expires_at: null },
      },
    ],
  },
)
export const Password = Type.Object(
  { password: Type.String({ minLength: 1, maxLength: 200 }) },
  { examples: [{ password: 'tram 28' }] },
)
export const Unlocked = Type.Object(
  { token: Type.String({ description: 'For programs: to be sent in X-Link-Token. Browsers get a cookie.' }) },
  { examples: [{ token: 'v1.key1.3Jq0Yw5rT1c8bXkN.0aVfVY3mQmXr' }] },
)
export const tokenHeaders = Type.Object({
  'x-link-token': Type.Optional(
    Type.String({ maxLength: 1000, description: 'Of a link with a password, as unlocking it gave.' }),
  ),
})
