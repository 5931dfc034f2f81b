import { Type } from 'typebox'
import { uuid } from '../assets/asset-wire.ts'

const date = Type.Union([Type.String({ format: 'date' }), Type.Null()])
const aPerson = {
  ...{ id: '0c3d2f7e-0f2b-4b52-8c55-7d0f7d2b9a01', name: 'Bob', birth_date: '1984-02-29' },
  ...{ is_hidden: false, is_favorite: true },
}
const person = {
  id: Type.String(),
  name: Type.String({ description: 'Empty until somebody names them.' }),
  birth_date: date,
  ...{ is_hidden: Type.Boolean(), is_favorite: Type.Boolean() },
}

export const Person = Type.Object(person, { examples: [aPerson] })
export const PersonWithCount = Type.Object(
  { ...person, asset_count: Type.Integer() },
  { examples: [{ ...aPerson, asset_count: 128 }] },
)
export const PersonParams = Type.Object({ person_id: uuid })
export const PersonChange = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 200 })),
    birth_date: Type.Optional(date),
    is_hidden: Type.Optional(Type.Boolean({ description: 'Hidden people are left out of lists and of details.' })),
    is_favorite: Type.Optional(Type.Boolean()),
    cover_asset_id: Type.Optional(uuid),
  },
  { minProperties: 1, examples: [{ name: 'Bob' }] },
)
export const Merge = Type.Object(
  { person_ids: Type.Array(uuid, { minItems: 1, maxItems: 50, uniqueItems: true }) },
  { examples: [{ person_ids: ['1d4e3a8f-1a3c-4c63-9d66-8e1a8e3c0b12'] }] },
)
export const Face = Type.Object(
  {
    id: Type.String(),
    person: Type.Union([Type.Object({ id: Type.String(), name: Type.String() }), Type.Null()]),
    box: Type.Object(
      { left: Type.Number(), top: Type.Number(), width: Type.Number(), height: Type.Number() },
      { description: 'In parts of the width and height of the picture.' },
    ),
  },
  {
    examples: [
      {
        id: '2e5f4b90-2b4d-4d74-8e77-9f2b9f4d1c23',
        person: { id: aPerson.id, name: 'Bob' },
        box: { left: 0.4, top: 0.2, width: 0.1, height: 0.15 },
      },
    ],
  },
)
