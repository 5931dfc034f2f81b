import { type Static, Type } from 'typebox'
import { attemptFaults, requestHeaders } from './attempt.ts'
import type { DeliveryRow, DetailsRow } from './delivery-store.ts'

/** The forms in which the log of deliveries travels over HTTP. */

const Id = Type.String({ format: 'uuid' })
const Time = Type.String({ format: 'date-time' })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

export const deliveryStates = ['pending', 'delivered', 'dead'] as const

const Fault = Nullable(
  Type.String({
    enum: [...attemptFaults],
    description:
      'Why the attempt failed. `status`: neither 2xx nor a redirect; `redirect`: none is followed; `timeout`: no answer ' +
      'within 15 seconds; `host_forbidden`: the name leads into a private network; `insecure_url`: not over TLS.',
  }),
)

const delivery = {
  id: Type.String({ format: 'uuid', description: 'The `webhook-id` of every attempt.' }),
  webhook_id: Id,
  event_type: Type.String(),
  event_seq: Nullable(
    Type.Integer({ description: 'The number of the event in the stream of its owner; null for a test.' }),
  ),
  state: Type.String({
    enum: [...deliveryStates],
    description: '`dead`: given up, after three days of attempts or because the receiver answered 410.',
  }),
  attempts: Type.Integer({ description: 'Attempts begun.' }),
  next_attempt_at: Nullable(
    Type.String({
      format: 'date-time',
      description: 'Null while another about the same thing goes first, and at the end.',
    }),
  ),
  last_status: Nullable(Type.Integer()),
  last_error: Fault,
  created_at: Time,
  finished_at: Nullable(Time),
}

export const Delivery = Type.Object(delivery)
export type Delivery = Static<typeof Delivery>

const Attempt = Type.Object({
  number: Type.Integer(),
  started_at: Time,
  answered_ms: Nullable(Type.Integer({ description: 'Milliseconds until the status line.' })),
  duration_ms: Type.Integer(),
  request: Type.Object({
    method: Type.String(),
    url: Type.String(),
    headers: Type.Record(Type.String(), Type.String(), { description: 'Without the signature.' }),
  }),
  status: Nullable(Type.Integer()),
  error: Fault,
  answer: Nullable(Type.String({ description: 'The first kilobyte of what the receiver said.' })),
})

export const DeliveryDetails = Type.Object({
  ...delivery,
  body: Type.String({ description: 'Exactly what every attempt sends, and signs.' }),
  attempt_log: Type.Array(Attempt),
})
export type DeliveryDetails = Static<typeof DeliveryDetails>

export const deliveryOf = (row: DeliveryRow): Delivery => ({
  id: row.id,
  webhook_id: row.endpoint_id,
  event_type: row.event_type,
  event_seq: row.seq,
  state: row.state,
  attempts: row.attempts,
  next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
  last_status: row.last_status,
  last_error: row.last_error,
  created_at: row.created_at.toISOString(),
  finished_at: row.finished_at?.toISOString() ?? null,
})

export const deliveryDetailsOf = (row: DetailsRow): DeliveryDetails => ({
  ...deliveryOf(row),
  body: row.body,
  attempt_log: row.attempt_log.map((attempt) => ({
    number: attempt.number,
    started_at: new Date(attempt.started_at).toISOString(),
    answered_ms: attempt.answered_ms,
    duration_ms: attempt.duration_ms,
    request: { method: 'POST', url: attempt.url, headers: headersOf(row.id, new Date(attempt.started_at)) },
    status: attempt.status,
    error: attempt.error,
    answer: attempt.answer,
  })),
})

const headersOf = (id: string, at: Date): Record<string, string> => ({
  ...requestHeaders,
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
})
