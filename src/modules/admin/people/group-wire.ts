import { type Static, Type } from 'typebox'

export const GroupParams = Type.Object({ group_id: Type.String({ format: 'uuid' }) })
export const MemberParams = Type.Object({
  group_id: Type.String({ format: 'uuid' }),
  person_id: Type.String({ format: 'uuid' }),
})
export const Group = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    member_count: Type.Integer({ minimum: 0 }),
    permissions: Type.Array(Type.String(), { description: 'What it grants by the configuration.' }),
  },
  {
    examples: [
      { id: '0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b', name: 'ulti-admins', member_count: 1, permissions: ['admin'] },
    ],
  },
)
export type Group = Static<typeof Group>

export const GroupBody = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 200 }) },
  { examples: [{ name: 'teachers' }] },
)
