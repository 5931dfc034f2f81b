import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { etagOf } from '#platform/http/etag.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { BulkActAnswer, bulkActAnswerOf } from '../bulk/bulk-wire.ts'
import { Id } from '../reading/wire.ts'
import type { Labels } from './labels.ts'

const example = {
  id: '019a4e2c-7f00-7000-8000-000000000001',
  name: 'Invoices',
  color: '#2f5bea',
  keyword: 'Invoices',
}
const Color = Type.String({ pattern: '^#[0-9a-fA-F]{6}$', examples: ['#0082c9'], description: '`#rrggbb`' })
const Name = Type.String({ minLength: 1, maxLength: 100 })

const Label = Type.Object(
  {
    id: Id,
    name: Type.String(),
    color: Type.String(),
    keyword: Type.String({ description: 'The IMAP keyword by which other mail programs know it.' }),
  },
  { examples: [example] },
)
const NewLabel = Type.Object(
  {
    name: Name,
    color: Type.Optional(Color),
    keyword: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'One that another mail program uses, `$label1` say.' }),
    ),
  },
  { examples: [{ name: 'Invoices', color: '#2f5bea' }] },
)
const LabelChange = Type.Object({ name: Type.Optional(Name), color: Type.Optional(Color) }, { minProperties: 1 })
const LabelParams = Type.Object({ label_id: Id })
const IfMatch = Type.Object({
  'if-match': Type.Optional(Type.String({ maxLength: 1000, description: 'The ETag of the version that you know.' })),
})

export function labelRoutes(labels: Labels): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  return async (http) => {
    http.get(
      '/labels',
      {
        schema: {
          summary: 'Your labels, by name',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(Label) } },
        },
        config: { permission: 'mail:read' },
      },
      ({ ownerId, query }) => labels.list(ownerId, { cursor: query.cursor, limit: query.limit ?? 50 }),
    )

    http.get(
      '/labels/:label_id',
      {
        schema: { summary: 'A label', ...{ tags, params: LabelParams, response: { 200: Label } } },
        config: { permission: 'mail:read' },
      },
      async ({ ownerId, params }, reply) => {
        const label = await labels.find(ownerId, params.label_id)
        return reply.header('etag', etagOf(label)).send(label)
      },
    )

    http.post(
      '/labels',
      {
        schema: {
          summary: 'Make a label',
          description:
            'Kept as a keyword on IMAP servers that have keywords, as a label by Gmail, and here alone elsewhere. ' +
            'Messages that bear its keyword, or Gmail’s label of that name, get it in the background.',
          ...{ tags, headers: idempotencyHeaders, body: NewLabel, response: { 201: Label } },
        },
        config: {
          permission: 'mail:write',
          errors: {
            409: ['mail.label_exists'],
            422: ['mail.label_name_invalid', 'mail.label_keyword_invalid', 'idempotency_key_reused'],
          },
        },
      },
      async ({ ownerId, body, headers }, reply) => {
        const answer = await labels.create(ownerId, body, headers['idempotency-key'])
        return reply.code(201).header('etag', etagOf(answer.body)).send(answer.body)
      },
    )

    http.patch(
      '/labels/:label_id',
      {
        schema: {
          summary: 'Name or colour a label anew',
          ...{ tags, params: LabelParams, headers: IfMatch, body: LabelChange, response: { 200: Label } },
        },
        config: {
          permission: 'mail:write',
          errors: { 409: ['mail.label_exists'], 412: ['etag_mismatch'], 422: ['mail.label_name_invalid'] },
        },
      },
      async ({ ownerId, params, body, headers }, reply) => {
        const label = await labels.change(ownerId, params.label_id, body, headers['if-match'])
        return reply.header('etag', etagOf(label)).send(label)
      },
    )

    http.delete(
      '/labels/:label_id',
      {
        schema: {
          summary: 'Delete a label and take it from its messages, which stay',
          ...{ tags, params: LabelParams, headers: IfMatch, response: { 202: BulkActAnswer } },
        },
        config: { permission: 'mail:write', errors: { 412: ['etag_mismatch'] } },
      },
      async ({ ownerId, params, headers }, reply) =>
        reply.code(202).send(bulkActAnswerOf(await labels.delete(ownerId, params.label_id, headers['if-match']))),
    )
  }
}
