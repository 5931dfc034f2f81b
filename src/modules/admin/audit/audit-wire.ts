import { type Static, Type } from 'typebox'
import { pageQuery } from '#platform/http/routes.ts'

const Uuid = Type.String({ format: 'uuid' })
const nullable = (type: ReturnType<typeof Type.String>) => Type.Union([type, Type.Null()])
const Hash = nullable(Type.String({ pattern: '^[0-9a-f]*$' }))

const example = {
  ...{ id: '0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b', at: '2026-05-23T09:00:00.000Z' },
  ...{ person_id: '0197a1b2-0000-7e5f-8a9b-0c1d2e3f4a5b', actor_id: '0197a1b2-1111-7e5f-8a9b-0c1d2e3f4a5b' },
  ...{ actor_name: 'Alice Martin', action: 'admin.person_suspended', target: null, outcome: 'success' },
  ...{ address: '192.0.2.7', user_agent: 'Firefox', seq: 4, previous_hash: '5f2c', hash: '9e1a' },
  details: { before: { is_suspended: false }, after: { is_suspended: true } },
}
export const AuditEntry = Type.Object(
  {
    id: Uuid,
    at: Type.String({ format: 'date-time' }),
    person_id: Type.Union([Uuid, Type.Null()], { description: 'The person concerned; null for the installation.' }),
    actor_id: Type.Union([Uuid, Type.Null()], {
      description: 'Who did it; null for the sign-in service and strangers.',
    }),
    actor_name: nullable(Type.String()),
    action: Type.String(),
    target: nullable(Type.String()),
    outcome: Type.String({ enum: ['success', 'refused', 'failed'] }),
    address: nullable(Type.String()),
    user_agent: Type.String(),
    details: Type.Unsafe<unknown>({ type: 'object', additionalProperties: true }),
    seq: Type.Union([Type.Integer(), Type.Null()], { description: 'Its place in the chain of the person concerned.' }),
    previous_hash: Hash,
    hash: Hash,
  },
  { examples: [example] },
)
export type AuditEntry = Static<typeof AuditEntry>

const filters = {
  person_id: Type.Optional(Uuid),
  actor_id: Type.Optional(Uuid),
  action: Type.Optional(
    Type.String({
      pattern: '^[a-z_.]{1,100}$',
      examples: ['admin.'],
      description: 'An action, or what actions begin with: `admin.`',
    }),
  ),
  target: Type.Optional(Type.String({ maxLength: 200 })),
  outcome: Type.Optional(Type.String({ enum: ['success', 'refused', 'failed'] })),
  from: Type.Optional(Type.String({ format: 'date-time' })),
  to: Type.Optional(Type.String({ format: 'date-time' })),
}
export const AuditExportQuery = Type.Object(filters)
export type AuditExportQuery = Static<typeof AuditExportQuery>
export const AuditQuery = Type.Object({ ...pageQuery, ...filters })

export const VerificationResult = Type.Object(
  {
    is_intact: Type.Boolean(),
    chains: Type.Integer(),
    entries: Type.Integer(),
    faults: Type.Array(
      Type.Object({
        person_id: Type.Union([Uuid, Type.Null()]),
        kind: Type.String({ enum: ['changed', 'missing_before', 'missing_at_end', 'unchained', 'unlike_remembered'] }),
        seq: Type.Union([Type.Integer(), Type.Null()]),
        entry_id: Type.Union([Uuid, Type.Null()]),
      }),
    ),
  },
  { examples: [{ is_intact: true, chains: 12, entries: 4711, faults: [] }] },
)
