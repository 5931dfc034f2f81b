import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { CardPatchBody, cardExample, NewCardBody } from '../card/card-wire.ts'
import type { Batch, BatchOperation } from './batch.ts'
import { contactExample } from './contact-wire.ts'

const place = {
  path: Type.String({ maxLength: 1000, description: 'Of the contact, as the API gives it.' }),
  if_match: Type.Optional(Type.String({ maxLength: 1000 })),
}
const Operation = Type.Union([
  Type.Object({ action: Type.Literal('create'), book_id: Type.String({ maxLength: 200 }), contact: NewCardBody }),
  Type.Object({ action: Type.Literal('update'), ...place, contact: CardPatchBody }),
  Type.Object({ action: Type.Literal('delete'), ...place }),
])
const Body = Type.Object(
  { operations: Type.Array(Operation, { minItems: 1, maxItems: 100 }) },
  {
    examples: [
      {
        operations: [
          { action: 'create', book_id: 'contacts', contact: cardExample },
          { action: 'delete', path: contactExample.path, if_match: '"68031b8f4d18f"' },
        ],
      },
    ],
  },
)
const Result = Type.Object({
  is_done: Type.Boolean(),
  path: Type.Optional(Type.String()),
  etag: Type.Optional(Type.String()),
  code: Type.Optional(Type.String({ description: 'Of the error, where it was not done.' })),
  message: Type.Optional(Type.String()),
})
const Answer = Type.Object(
  { results: Type.Array(Result, { description: 'In the order of the operations.' }) },
  {
    examples: [
      { results: [{ is_done: true, path: contactExample.path, etag: contactExample.etag }, { is_done: true }] },
    ],
  },
)

export function batchRoutes(batch: Batch): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/contacts/batch',
      {
        schema: {
          summary: 'Make, change and delete up to a hundred contacts, each for itself',
          ...{ tags: ['contacts'], body: Body, response: { 200: Answer } },
        },
        config: { permission: 'contacts:write', errors: nextcloudErrors },
      },
      ({ actor, body }) => batch.run(actor, body.operations as BatchOperation[]),
    )
  }
}
