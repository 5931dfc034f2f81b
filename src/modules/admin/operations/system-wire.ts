import { Type } from 'typebox'

const nullable = (type: ReturnType<typeof Type.String>) => Type.Union([type, Type.Null()])
const Time = Type.String({ format: 'date-time' })
const Count = Type.Integer({ minimum: 0 })

export const SecretStatus = Type.Object(
  {
    secrets: Type.Array(
      Type.Object({
        name: Type.String(),
        rotated_at: nullable(Time),
        due_at: nullable(Time),
        is_overdue: Type.Boolean({ description: 'Also when nobody wrote down when it was changed.' }),
      }),
    ),
    keys: Type.Array(Type.Object({ id: Type.String(), is_active: Type.Boolean(), values: Count }), {
      description: 'How many stored values each key opens: through is who has all under the active one.',
    }),
  },
  {
    examples: [
      {
        secrets: [
          {
            ...{ name: 'MAIL_CREDENTIAL_KEYS', rotated_at: '2026-05-23T00:00:00.000Z' },
            ...{ due_at: '2026-08-21T00:00:00.000Z', is_overdue: false },
          },
        ],
        keys: [{ id: 'key-2026-05-23', is_active: true, values: 40 }],
      },
    ],
  },
)

export const Jobs = Type.Object(
  {
    jobs: Type.Array(
      Type.Object({ job: Type.String(), due: Count, scheduled: Count, running: Count, exhausted: Count }),
    ),
    failing: Type.Array(
      Type.Object({
        ...{ id: Type.String(), job: Type.String(), attempts: Count, max_attempts: Count },
        ...{ run_at: Time, is_locked: Type.Boolean(), last_error: Type.String() },
      }),
      { description: 'The last hundred that failed.' },
    ),
  },
  {
    examples: [
      {
        jobs: [{ job: 'mail.account_purge', due: 0, scheduled: 1, running: 0, exhausted: 0 }],
        failing: [
          {
            ...{ id: '4711', job: 'mail.account_purge', attempts: 2, max_attempts: 5 },
            ...{ run_at: '2026-05-23T09:00:00.000Z', is_locked: false, last_error: 'no answer' },
          },
        ],
      },
    ],
  },
)

export const Unlocked = Type.Object({ jobs: Count, workers: Count }, { examples: [{ jobs: 3, workers: 1 }] })

export const Licences = Type.Object(
  { items: Type.Array(Type.Object({ name: Type.String(), version: Type.String(), licence: Type.String() })) },
  { examples: [{ items: [{ name: 'fastify', version: '5.12.8', licence: 'MIT' }] }] },
)
