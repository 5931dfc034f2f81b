import { Type } from 'typebox'

const Count = Type.Integer({ minimum: 0 })
const Seconds = Type.Union([Type.Number(), Type.Null()])
const Text = Type.Union([Type.String(), Type.Null()])
const Time = Type.String({ format: 'date-time' })

export const Maintenance = Type.Object(
  { is_on: Type.Boolean(), message: Type.Union([Type.String(), Type.Null()]) },
  { examples: [{ is_on: true, message: 'We move to a new machine until ten o’clock.' }] },
)

export const Overview = Type.Object(
  {
    version: Type.String(),
    maintenance: Maintenance,
    systems: Type.Array(
      Type.Object({
        name: Type.String(),
        status: Type.String({ enum: ['ok', 'degraded', 'failed'] }),
        duration_ms: Type.Integer(),
      }),
    ),
    nodes: Type.Array(
      Type.Object({
        id: Type.String({ format: 'uuid' }),
        host: Type.String(),
        roles: Type.Array(Type.String()),
        started_at: Time,
        seen_at: Time,
      }),
    ),
    database: Type.Object({
      version: Type.String(),
      bytes: Count,
      tables: Type.Array(Type.Object({ name: Type.String(), bytes: Count }), { description: 'The ten largest.' }),
    }),
    jobs: Type.Object({ due: Count, scheduled: Count, running: Count, exhausted: Count }),
    mail_accounts: Type.Array(
      Type.Object({ state: Type.String(), count: Count, late: Count, oldest_seconds: Seconds }),
    ),
    outbox: Type.Array(Type.Object({ state: Type.String(), count: Count, oldest_due_seconds: Seconds })),
    webhooks: Type.Object({ pending: Count, dead: Count, oldest_due_seconds: Seconds }),
    drive_quotas: Type.Object(
      { waiting: Count, failing: Count, error_code: Text, remedy: Text },
      { description: 'People whose quota Nextcloud is still to be told, what most of them fail with, and what helps.' },
    ),
  },
  {
    examples: [
      {
        version: '0.1.0',
        maintenance: { is_on: false, message: null },
        systems: [{ name: 'database', status: 'ok', duration_ms: 2 }],
        nodes: [
          {
            ...{ id: '0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b', host: 'ulti-1', roles: ['api', 'sync', 'jobs'] },
            ...{ started_at: '2026-05-23T09:00:00.000Z', seen_at: '2026-05-23T09:10:00.000Z' },
          },
        ],
        database: { version: '16.14', bytes: 73_400_320, tables: [{ name: 'mail_message', bytes: 41_943_040 }] },
        jobs: { due: 0, scheduled: 3, running: 1, exhausted: 0 },
        mail_accounts: [{ state: 'synced', count: 12, late: 0, oldest_seconds: 41.5 }],
        outbox: [{ state: 'queued', count: 1, oldest_due_seconds: 0 }],
        webhooks: { pending: 0, dead: 2, oldest_due_seconds: null },
        drive_quotas: { waiting: 0, failing: 0, error_code: null, remedy: null },
      },
    ],
  },
)
