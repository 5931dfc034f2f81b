import { type Static, Type } from 'typebox'
import { PersonQuota, quotaExample } from '../quotas/quota-wire.ts'

const Time = Type.String({ format: 'date-time' })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const Count = Type.Integer({ minimum: 0 })

export const PersonParams = Type.Object({ person_id: Type.String({ format: 'uuid' }) })

const names = {
  username: Nullable(Type.String()),
  name: Nullable(Type.String()),
  email: Nullable(Type.String()),
  groups: Type.Array(Type.String()),
}
const example = {
  ...{ id: '0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b', username: 'bob', name: 'Bob Keller', email: 'bob@ulti.example' },
  ...{ groups: ['ulti-users'], is_active: true, suspended_at: null, created_at: '2026-05-23T09:00:00.000Z' },
  ...{ last_seen_at: '2026-05-24T07:31:00.000Z', usage: { mail_accounts: 2, mail_bytes: 73_400_320, devices: 1 } },
  quotas: quotaExample,
  outside: [{ system: 'authentik', is_heard: true, error_code: null }],
}
export const Person = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    ...names,
    is_active: Type.Boolean({ description: 'In the directory, where there is one, and here.' }),
    suspended_at: Nullable(Time),
    created_at: Time,
    last_seen_at: Type.Union([Time, Type.Null()], { description: 'null for whoever was never here.' }),
    usage: Type.Record(Type.String(), Count, { description: 'What the modules know: counts, and bytes.' }),
    quotas: Type.Array(PersonQuota),
    outside: Type.Array(
      Type.Object({
        system: Type.String({ enum: ['authentik', 'nextcloud'] }),
        is_heard: Type.Boolean({ description: 'It knows whether the person may come in.' }),
        error_code: Nullable(Type.String()),
      }),
    ),
  },
  { examples: [example] },
)
export type Person = Static<typeof Person>

const UserName = Type.String({ minLength: 1, maxLength: 150, pattern: '^[\\w.@+-]+$', examples: ['ann.martin'] })
const Email = Type.String({ format: 'email', maxLength: 254 })
const Groups = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100, uniqueItems: true })

export const NewPersonBody = Type.Object(
  { username: UserName, name: Type.String({ maxLength: 200 }), email: Email, groups: Type.Optional(Groups) },
  { examples: [{ username: 'dora', name: 'Dora Lind', email: 'dora@ulti.example', groups: ['ulti-users'] }] },
)
export type NewPersonBody = Static<typeof NewPersonBody>

export const PersonChangeBody = Type.Object(
  {
    username: Type.Optional(UserName),
    name: Type.Optional(Type.String({ maxLength: 200 })),
    email: Type.Optional(Email),
    groups: Type.Optional(Groups),
  },
  { minProperties: 1, examples: [{ name: 'Dora Lind-Berg' }] },
)
export type PersonChangeBody = Static<typeof PersonChangeBody>

export const Invitation = Type.Object(
  { url: Type.String({ description: 'Where the person chooses a password. For them alone.' }) },
  { examples: [{ url: 'https://ulti.example/auth/recovery/use-token/x/' }] },
)

export const InvitationMail = Type.Object(
  { email: Type.String({ description: 'Where the directory sends it.' }) },
  { examples: [{ email: 'dora@ulti.example' }] },
)

export const personFilters = {
  search: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'In names and addresses.' })),
  group: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  is_active: Type.Optional(Type.Boolean()),
}
