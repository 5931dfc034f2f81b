import { Type } from 'typebox'

const Domain = Type.String({ minLength: 1, maxLength: 253, pattern: '^[\\p{L}\\p{N}.-]+$', examples: ['example.org'] })
const Days = Type.Integer({ minimum: 1, maximum: 36_500 })
const modules = ['mail', 'drive', 'calendar', 'contacts', 'meet', 'photos', 'search', 'realtime']
const roles = ['inbox', 'sent', 'drafts', 'archive', 'trash', 'junk', 'all']

const PolicyBody = Type.Object({
  modules: Type.Optional(Type.Array(Type.String({ enum: modules }), { uniqueItems: true })),
  external_sharing: Type.Optional(Type.Object({ is_allowed: Type.Boolean() })),
  mail_hosts: Type.Optional(Type.Array(Domain, { maxItems: 200, description: 'Each stands for those below it too.' })),
  forwarding: Type.Optional(
    Type.Object({ is_allowed: Type.Boolean(), domains: Type.Optional(Type.Array(Domain, { maxItems: 200 })) }),
  ),
  attachments: Type.Optional(
    Type.Object({
      max_bytes: Type.Optional(Type.Integer({ minimum: 1 })),
      forbidden_extensions: Type.Optional(
        Type.Array(Type.String({ pattern: '^[A-Za-z0-9]{1,20}$', examples: ['exe'] }), { maxItems: 200 }),
      ),
    }),
  ),
  retention: Type.Optional(
    Type.Array(
      Type.Union([
        Type.Object({ folder_role: Type.String({ enum: roles }), days: Days }),
        Type.Object({ label: Type.String({ minLength: 1, maxLength: 100 }), days: Days }),
      ]),
      { maxItems: 20, description: 'What is older is deleted for good, here and on the mail server.' },
    ),
  ),
  session_hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 8760 })),
  token_days: Type.Optional(Days),
})

const example = {
  everybody: {
    ...{ forwarding: { is_allowed: true, domains: ['ulti.example'] }, session_hours: 12 },
    retention: [{ folder_role: 'trash', days: 30 }],
  },
  groups: [{ group: 'pupils', policy: { modules: ['mail', 'calendar'], external_sharing: { is_allowed: false } } }],
}

export const PoliciesBody = Type.Object(
  {
    everybody: PolicyBody,
    groups: Type.Array(Type.Object({ group: Type.String({ minLength: 1, maxLength: 200 }), policy: PolicyBody }), {
      maxItems: 200,
      description: 'In order: the first that says something of a matter has the word.',
    }),
  },
  { examples: [example] },
)

export const EffectivePolicy = Type.Object(
  {
    groups: Type.Array(Type.String()),
    policy: PolicyBody,
    sources: Type.Record(Type.String(), Type.Object({ group: Type.Union([Type.String(), Type.Null()]) }), {
      description: 'Whose word each part is; null for everybody’s.',
    }),
  },
  { examples: [{ groups: ['pupils'], policy: { session_hours: 12 }, sources: { session_hours: { group: null } } }] },
)
