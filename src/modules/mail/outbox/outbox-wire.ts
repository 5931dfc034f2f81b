import { type Static, Type } from 'typebox'
import type { OutboxRow } from './outbox-store.ts'

/** The forms in which outgoing mail travels over HTTP. */

export const maxRecipients = 500

const Id = Type.String({ format: 'uuid' })
const Time = Type.String({ format: 'date-time' })
const Recipients = Type.Array(
  Type.Object(
    { name: Type.Optional(Type.String({ maxLength: 200 })), email: Type.String({ minLength: 3, maxLength: 254 }) },
    { additionalProperties: false },
  ),
  { maxItems: maxRecipients },
)

export const NewMessageBody = Type.Object({
  mail_account_id: Type.String({ format: 'uuid', description: 'The account to send from.' }),
  to: Type.Optional(Recipients),
  cc: Type.Optional(Recipients),
  bcc: Type.Optional(Recipients),
  subject: Type.Optional(Type.String({ maxLength: 998 })),
  text: Type.Optional(Type.String({ description: 'Derived from `html` when absent.' })),
  html: Type.Optional(Type.String()),
  in_reply_to_message_id: Type.Optional(
    Type.String({ format: 'uuid', description: 'A message of yours that this one answers.' }),
  ),
})
export type NewMessageBody = Static<typeof NewMessageBody>

export const OutboxMessage = Type.Object({
  id: Id,
  mail_account_id: Id,
  message_id_header: Type.String(),
  subject: Type.String(),
  recipients: Type.Array(
    Type.Object({
      email: Type.String(),
      state: Type.String({ enum: ['queued', 'accepted', 'refused', 'unknown'] }),
      response: Type.Union([Type.String(), Type.Null()], { description: "The mail server's own words." }),
    }),
  ),
  state: Type.String({
    enum: ['held', 'queued', 'transmitting', 'sent', 'failed', 'unknown'],
    description:
      '`sent`: the server took it for at least one recipient; `failed`: for none; `unknown`: the connection was lost ' +
      'before its answer, and it is not sent again by itself.',
  }),
  not_before: Time,
  attempts: Type.Integer(),
  last_response: Type.Union([Type.String(), Type.Null()]),
  sent_at: Type.Union([Time, Type.Null()]),
  created_at: Time,
})
export type OutboxMessage = Static<typeof OutboxMessage>

export const outboxMessageOf = (row: OutboxRow): OutboxMessage => ({
  id: row.id,
  mail_account_id: row.mail_account_id,
  message_id_header: row.message_id_header,
  subject: row.subject,
  recipients: row.recipients,
  state: row.state,
  not_before: row.not_before.toISOString(),
  attempts: row.attempts,
  last_response: row.last_response,
  sent_at: row.sent_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
})
