import { type Static, Type } from 'typebox'
import { grantedRoles } from './roles.ts'

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const Id = Type.String({ format: 'uuid' })
const Role = Type.String({
  enum: [...grantedRoles],
  description:
    '`read`: reads, marks as read and stars. `send`: also labels, moves, deletes and sends. `manage`: also rules, ' +
    'folders, settings and the roles of others.',
})

const person = { id: '0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b', name: 'Bob Keller', email: 'bob@ulti.example' }
const sample = {
  ...{ id: '019a4e2c-7f00-7000-8000-000000000001', role: 'send', person, group: null },
  created_at: '2026-05-23T09:00:00.000Z',
}

export const Grant = Type.Object(
  {
    id: Id,
    role: Role,
    person: Nullable(Type.Object({ id: Id, name: Type.String(), email: Nullable(Type.String()) })),
    group: Nullable(Type.String({ description: 'Whoever is in it has the role.' })),
    created_at: Type.String({ format: 'date-time' }),
  },
  { examples: [sample] },
)
export type Grant = Static<typeof Grant>

export const GrantList = Type.Object({ items: Type.Array(Grant) }, { examples: [{ items: [sample] }] })

const personMembers = {
  person_id: Type.Optional({ ...Id, description: 'Somebody of this installation; or by `email`.' }),
  email: Type.Optional(Type.String({ minLength: 3, maxLength: 254 })),
}

/** By whoever manages a mailbox. */
export const NewMemberBody = Type.Object(
  { role: Role, ...personMembers },
  { examples: [{ email: 'bob@ulti.example', role: 'send' }] },
)

/** By administrators, who know groups. */
export const NewGrantBody = Type.Object(
  { role: Role, ...personMembers, group: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) },
  { examples: [{ group: 'support', role: 'send' }] },
)
export type NewGrantBody = Static<typeof NewGrantBody>

export const GrantParams = Type.Object({ mail_account_id: Id, grant_id: Id })
