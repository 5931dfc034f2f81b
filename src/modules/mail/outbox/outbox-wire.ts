import { type Static, type TSchema, Type } from 'typebox'
import { Address } from '../reading/wire.ts'

/** The forms in which outgoing mail travels over HTTP. */

export const maxRecipients = 500
const maxUndoSeconds = 120
/** How far ahead a message can be scheduled, and a reminder of it. */
const maxDaysAhead = 366

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Id = Type.String({ format: 'uuid' })
const Time = Type.String({ format: 'date-time' })
const Recipients = Type.Array(
  Type.Object(
    { name: Type.Optional(Type.String({ maxLength: 200 })), email: Type.String({ minLength: 3, maxLength: 254 }) },
    { additionalProperties: false },
  ),
  { maxItems: maxRecipients },
)

/** When a message leaves, and when to be reminded of it. */
const timing = {
  send_at: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'When it is to leave, up to a year ahead. Until then it can be changed or taken back.',
    }),
  ),
  undo_seconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: maxUndoSeconds,
      description:
        'It leaves no sooner than that, and can be taken back meanwhile. By default as the owner prefers: 10.',
    }),
  ),
  follow_up_at: Type.Optional(
    Type.String({ format: 'date-time', description: 'When to be reminded of it if nobody has answered.' }),
  ),
}
export const SendingBody = Type.Object(timing)
export type SendingBody = Static<typeof SendingBody>

const content = {
  to: Type.Optional(Recipients),
  cc: Type.Optional(Recipients),
  bcc: Type.Optional(Recipients),
  subject: Type.Optional(Type.String({ maxLength: 998 })),
  text: Type.Optional(Type.String({ description: 'Derived from `html` when absent.' })),
  html: Type.Optional(Type.String()),
}

export const NewMessageBody = Type.Object({
  mail_account_id: Type.String({ format: 'uuid', description: 'The account to send from.' }),
  identity_id: Type.Optional(
    Type.String({ format: 'uuid', description: 'As whom; the default of the account if absent.' }),
  ),
  ...content,
  in_reply_to_message_id: Type.Optional(
    Type.String({ format: 'uuid', description: 'A message of yours that this one answers.' }),
  ),
  attachments: Type.Optional(
    Type.Array(
      Type.Object({
        upload_id: Id,
        filename: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
        content_id: Type.Optional(
          Type.String({ maxLength: 200, pattern: '^[A-Za-z0-9._@+-]+$', examples: ['logo@example.org'] }),
        ),
      }),
      { maxItems: 100, description: 'Complete uploads; one with a Content-ID that the HTML shows is an inline image.' },
    ),
  ),
  ...timing,
})
export type NewMessageBody = Static<typeof NewMessageBody>

export const OutboxChangeBody = Type.Object(
  {
    ...content,
    send_at: Type.Optional(Type.String({ format: 'date-time', description: 'A time that has passed means at once.' })),
    follow_up_at: Type.Optional(
      Nullable(Type.String({ format: 'date-time', description: 'Null: no reminder, or no more of it.' })),
    ),
  },
  { minProperties: 1, description: 'What is left out stays.' },
)
export type OutboxChangeBody = Static<typeof OutboxChangeBody>

export const ResolutionBody = Type.Object({
  resolution: Type.String({
    enum: ['resent', 'was_sent'],
    description: '`resent`: it is sent again, which may deliver it twice. `was_sent`: you know that it has arrived.',
  }),
})

export const SendingPreferences = Type.Object({
  undo_seconds: Type.Integer({
    minimum: 0,
    maximum: maxUndoSeconds,
    description: 'How long a message is held before it leaves, unless its sender says otherwise.',
  }),
})
export type SendingPreferences = Static<typeof SendingPreferences>

const Report = Type.Object(
  {
    action: Type.String({
      enum: ['failed', 'delayed', 'delivered', 'relayed', 'expanded', 'auto_replied'],
      description: '`failed`: it bounced. `auto_replied`: a machine answered for the recipient.',
    }),
    status: Nullable(Type.String({ description: 'An enhanced status code (RFC 3463).' })),
    reason: Nullable(Type.String()),
    message_id: Type.String({ format: 'uuid', description: 'The message that told it.' }),
    at: Time,
  },
  { description: 'What was heard of this recipient after the server had taken the message.' },
)

export const OutboxMessage = Type.Object({
  id: Id,
  mail_account_id: Id,
  message_id_header: Type.String(),
  subject: Type.String(),
  recipients: Type.Array(
    Type.Object({
      email: Type.String(),
      state: Type.String({ enum: ['queued', 'accepted', 'refused', 'unknown'] }),
      response: Nullable(Type.String({ description: "The mail server's own words." })),
      report: Nullable(Report),
    }),
  ),
  state: Type.String({
    enum: ['held', 'queued', 'transmitting', 'sent', 'failed', 'unknown'],
    description:
      '`held`: it waits for its time, and can be changed or taken back; `sent`: the server took it for at least one ' +
      'recipient; `failed`: for none; `unknown`: the connection was lost before its answer, and it is not sent again ' +
      'by itself.',
  }),
  not_before: Time,
  attempts: Type.Integer(),
  next_attempt_at: Nullable(Time),
  last_response: Nullable(Type.String()),
  sent_by: Nullable(
    Type.Object(
      { id: Id, name: Type.String() },
      { description: 'Who sent it in a mailbox of several people; null for its owner.' },
    ),
  ),
  sent_at: Nullable(Time),
  follow_up: Nullable(
    Type.Object({
      at: Time,
      state: Type.String({
        enum: ['waiting', 'answered', 'due'],
        description: '`answered`: somebody has answered, so nobody is reminded. `due`: nobody has, and it is time.',
      }),
    }),
  ),
  created_at: Time,
})
export type OutboxMessage = Static<typeof OutboxMessage>

export const OutboxEntry = Type.Object({
  ...OutboxMessage.properties,
  content: Nullable(
    Type.Object(
      {
        from: Address,
        to: Type.Array(Address),
        cc: Type.Array(Address),
        bcc: Type.Array(Address),
        text: Nullable(Type.String()),
        html: Nullable(Type.String({ description: 'As it was written: show it where nothing of it runs.' })),
        attachments: Type.Array(
          Type.Object({ filename: Type.String(), content_type: Type.String(), size_bytes: Type.Integer() }),
        ),
      },
      { description: 'Null once it was sent.' },
    ),
  ),
  etag: Type.String({ description: 'For If-Match.' }),
})
export type OutboxEntry = Static<typeof OutboxEntry>

/** The last moment for which something can be asked of a message. */
export const latestTime = (now: Date): Date => new Date(now.getTime() + maxDaysAhead * 86_400_000)
