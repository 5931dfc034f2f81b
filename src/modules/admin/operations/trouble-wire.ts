import { Type } from 'typebox'

const Uuid = Type.String({ format: 'uuid' })
const Time = Type.String({ format: 'date-time' })
const nullable = (type: ReturnType<typeof Type.String>) => Type.Union([type, Type.Null()])
const Count = Type.Integer({ minimum: 0 })
const ids = { id: '0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b', person_id: '0197a1b2-0000-7e5f-8a9b-0c1d2e3f4a5b' }

export const OfPerson = Type.Object({ person_id: Uuid, id: Uuid })

export const TroubledAccount = Type.Object(
  {
    ...{ id: Uuid, person_id: Uuid, email: Type.String(), state: Type.String(), error_code: nullable(Type.String()) },
    remedy: Type.String({ description: 'What helps.' }),
    ...{ last_synced_at: nullable(Time), since: Time },
  },
  {
    examples: [
      {
        ...{ ...ids, email: 'bob@ulti.example', state: 'error', error_code: 'mail.timeout' },
        remedy: 'The server takes too long: see whether it is overloaded; ultid tries again by itself.',
        ...{ last_synced_at: '2026-05-23T09:00:00.000Z', since: '2026-05-23T09:05:00.000Z' },
      },
    ],
  },
)

export const TroubledDriveQuota = Type.Object(
  {
    ...{ person_id: Uuid, error_code: Type.String(), remedy: Type.String({ description: 'What helps.' }) },
    ...{ attempts: Count, next_attempt_at: Time },
  },
  {
    examples: [
      {
        ...{ person_id: ids.person_id, error_code: 'upstream_timeout', attempts: 3 },
        remedy: 'Nextcloud takes too long: see whether it is overloaded; ultid tries again by itself.',
        next_attempt_at: '2026-05-23T09:05:00.000Z',
      },
    ],
  },
)

export const TroubledMessage = Type.Object(
  {
    ...{ id: Uuid, person_id: Uuid, mail_account_id: Uuid },
    state: Type.String({ enum: ['queued', 'failed', 'unknown'] }),
    ...{ attempts: Count, recipient_count: Count },
    last_status: Type.Union([Type.String(), Type.Null()], { description: 'The status of the server’s last words.' }),
    ...{ created_at: Time, next_attempt_at: nullable(Time) },
  },
  {
    examples: [
      {
        ...{ ...ids, mail_account_id: '0197a1b2-1111-7e5f-8a9b-0c1d2e3f4a5b', state: 'failed', attempts: 9 },
        ...{ recipient_count: 1, last_status: '550', created_at: '2026-05-23T09:00:00.000Z', next_attempt_at: null },
      },
    ],
  },
)

export const DeadLetter = Type.Object(
  {
    ...{ id: Uuid, person_id: Uuid, endpoint_id: Uuid, module: Type.String(), host: Type.String() },
    ...{ event_type: Type.String(), attempts: Count, last_status: Type.Union([Type.Integer(), Type.Null()]) },
    ...{ created_at: Time, finished_at: nullable(Time) },
  },
  {
    examples: [
      {
        ...{ ...ids, endpoint_id: '0197a1b2-1111-7e5f-8a9b-0c1d2e3f4a5b', module: 'mail', host: 'hooks.example.org' },
        ...{ event_type: 'mail.message_created', attempts: 10, last_status: 503 },
        ...{ created_at: '2026-05-23T09:00:00.000Z', finished_at: '2026-05-26T09:00:00.000Z' },
      },
    ],
  },
)
