import { type TObject, Type } from 'typebox'
import { bodyOf, type EventDocument, testEventType, type WebhookCatalog } from './catalog.ts'

const headers = [
  ['webhook-id', 'The same in every attempt to deliver this event: what you have seen already, ignore.'],
  ['webhook-timestamp', 'Seconds since 1970 of this attempt; refuse what is older than five minutes.'],
  [
    'webhook-signature',
    '`v1,` and the HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>` in base64; one for each secret, separated by blanks.',
  ],
].map(([name, description]) => ({
  ...{ name, description, in: 'header', required: true, schema: { type: 'string' } },
}))

/** The section `webhooks` of the API document (OpenAPI 3.1 §4.8.1): a request for each event. */
export function webhooksDocument(catalogs: Iterable<WebhookCatalog>): Record<string, object> {
  const entries = [...catalogs].flatMap((catalog) =>
    Object.entries(withOwnEvents(catalog).events).map(([type, event]) => [
      type,
      { post: operationOf(catalog, type, event) },
    ]),
  )
  return Object.fromEntries(entries)
}

/** Those of the module and those that the engine sends for it. */
export const withOwnEvents = (catalog: WebhookCatalog): WebhookCatalog => ({
  ...catalog,
  events: { ...catalog.events, ...ownEvents(catalog.module) },
})

const id = '019a4e2c-7f00-7000-8000-00000000002a'
const url = 'https://hooks.example.org/ulti'

function ownEvents(module: string): Record<string, EventDocument> {
  const stopped = Type.Object({
    webhook_id: Type.String({ format: 'uuid' }),
    url: Type.String(),
    reason: Type.String({ enum: ['failing', 'gone'] }),
  })
  return {
    [`${module}.webhook_paused`]: {
      summary: 'A webhook was paused because nothing could be delivered to it for three days',
      ...{ data: stopped, example: { webhook_id: id, url, reason: 'failing' } },
    },
    [`${module}.webhook_disabled`]: {
      summary: 'A webhook was disabled because its receiver answered 410',
      ...{ data: stopped, example: { webhook_id: id, url, reason: 'gone' } },
    },
    [testEventType(module)]: {
      summary: 'A sample that was asked for; no event',
      ...{ data: Type.Object({ webhook_id: Type.String({ format: 'uuid' }) }), example: { webhook_id: id } },
    },
  }
}

function operationOf(catalog: WebhookCatalog, type: string, { summary, data, example }: EventDocument): object {
  return {
    summary,
    tags: [catalog.module],
    parameters: headers,
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: plain(payloadOf(type, data, catalog.resources)),
          example: JSON.parse(bodyOf(type, new Date('2026-05-23T09:00:00Z'), example)),
        },
      },
    },
    responses: {
      '2XX': { description: 'Delivered.' },
      '410': { description: 'The webhook is disabled.' },
      default: { description: 'Tried again later, as `Retry-After` asks. No redirect is followed.' },
    },
  }
}

const payloadOf = (type: string, data: TObject, resources: TObject) =>
  Type.Object({
    type: Type.Literal(type),
    timestamp: Type.String({ format: 'date-time', description: 'When it happened.' }),
    data: Type.Object({
      ...data.properties,
      ...Object.fromEntries(
        Object.entries(resources.properties).map(([name, schema]) => [
          name,
          Type.Optional({ ...schema, description: 'In a full payload, while there is such a thing.' }),
        ]),
      ),
    }),
  })

/** Without what TypeBox hides in its schemas. */
const plain = (schema: object): object => JSON.parse(JSON.stringify(schema))
