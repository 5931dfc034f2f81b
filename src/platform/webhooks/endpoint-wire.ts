import { type Static, Type } from 'typebox'
import { etagOf } from '#platform/http/etag.ts'
import type { EndpointRow } from './endpoint-store.ts'

/** The forms in which webhooks travel over HTTP. Secrets come out once, when they are made. */

const Id = Type.String({ format: 'uuid' })
const Time = Type.String({ format: 'date-time' })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

export const maxSecrets = 5

const settings = {
  url: Type.String({
    ...{ minLength: 10, maxLength: 2000, examples: ['https://hooks.example.org/ulti'] },
    description: 'Begins with https://; http:// only into a network that the operator opened.',
  }),
  description: Type.String({ maxLength: 200 }),
  event_types: Type.Array(
    Type.String({ minLength: 1, maxLength: 100, pattern: '^[a-z_.]+\\*?$|^\\*$', examples: ['mail.message_created'] }),
    {
      ...{ minItems: 1, maxItems: 100, examples: [['mail.message_created', 'mail.folder_*']] },
      description: 'Types of events; `*` at an end stands for any rest.',
    },
  ),
  filter: Type.Record(
    Type.String({ maxLength: 100 }),
    Type.Array(Type.String({ maxLength: 320 }), { minItems: 1, maxItems: 100 }),
    {
      maxProperties: 20,
      description: 'Takes only events whose data have one of these values, by member, such as `mail_account_id`.',
    },
  ),
  payload: Type.Union([Type.Literal('slim'), Type.Literal('full')], {
    description: '`slim`: what the event says; `full`: also what it is about, as it is when the delivery is made.',
  }),
}

const Secret = Type.String({
  ...{
    minLength: 38,
    maxLength: 100,
    pattern: '^whsec_[A-Za-z0-9+/]+={0,2}$',
    examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
  },
  description: '`whsec_` and 24 to 64 bytes in base64, as Standard Webhooks has them; one is made when it is left out.',
})

export const NewWebhookBody = Type.Object({
  url: settings.url,
  event_types: settings.event_types,
  description: Type.Optional(settings.description),
  filter: Type.Optional(settings.filter),
  payload: Type.Optional(settings.payload),
  secret: Type.Optional(Secret),
})
export type NewWebhookBody = Static<typeof NewWebhookBody>

export const WebhookChangeBody = Type.Partial(Type.Object(settings), {
  minProperties: 1,
  description: 'What is left out stays as it is.',
})
export type WebhookChangeBody = Static<typeof WebhookChangeBody>

const SecretEntry = Type.Object({ id: Id, created_at: Time })

const webhook = {
  id: Id,
  ...settings,
  state: Type.String({
    enum: ['active', 'paused', 'disabled'],
    description:
      'While it is not `active` nothing is sent to it but tests, and events that happen are not kept for it.',
  }),
  state_reason: Nullable(
    Type.String({
      enum: ['owner', 'failing', 'gone'],
      description: '`failing`: nothing was delivered for three days; `gone`: the receiver answered 410.',
    }),
  ),
  failing_since: Nullable(Time),
  secrets: Type.Array(SecretEntry, {
    description: 'All of them sign. With none, the secret of the deployment does.',
  }),
  created_at: Time,
}
export const Webhook = Type.Object(webhook)
export type Webhook = Static<typeof Webhook>

export const CreatedWebhook = Type.Object({
  ...webhook,
  secret: Nullable(
    Type.String({ description: 'Shown this once; null when the secret of the deployment signs for it.' }),
  ),
})
export type CreatedWebhook = Static<typeof CreatedWebhook>

export const NewSecretBody = Type.Object({ secret: Type.Optional(Secret) })
export const CreatedSecret = Type.Object({
  id: Id,
  created_at: Time,
  secret: Type.String({ description: 'Shown this once.' }),
})
export type CreatedSecret = Static<typeof CreatedSecret>

export const ReplayBody = Type.Object({
  from: Type.String({ format: 'date-time', examples: ['2026-05-23T09:00:00Z'] }),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Now when it is left out.' })),
  undelivered_only: Type.Optional(Type.Boolean({ description: 'Leaves out what was delivered.', default: false })),
})

export const Replay = Type.Object({
  id: Id,
  webhook_id: Id,
  from: Time,
  to: Time,
  undelivered_only: Type.Boolean(),
  state: Type.String({ enum: ['running', 'done'], description: '`done`: all is in line; the deliveries follow.' }),
  delivery_count: Type.Integer(),
  created_at: Time,
})

export const webhookOf = (row: EndpointRow): Webhook => ({
  ...settingsOf(row),
  id: row.id,
  state: row.state,
  state_reason: row.state_reason,
  failing_since: row.failing_since?.toISOString() ?? null,
  secrets: row.secrets.map(({ id, created_at }) => ({ id, created_at: new Date(created_at).toISOString() })),
  created_at: row.created_at.toISOString(),
})

const settingsOf = ({ url, description, event_types, filter, payload }: EndpointRow) => ({
  ...{ url, description, event_types, payload },
  filter: Object.fromEntries(Object.entries(filter).map(([member, values]) => [member, [...values]])),
})

/** Of what its owner sets: that deliveries fail is no other version. */
export const etagOfWebhook = ({ url, description, event_types, filter, payload }: Webhook): string =>
  etagOf({ url, description, event_types, filter: Object.entries(filter).sort(), payload })
