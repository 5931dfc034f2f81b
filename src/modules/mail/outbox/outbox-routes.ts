import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { Outbox } from './outbox.ts'
import { NewMessageBody, OutboxMessage } from './outbox-wire.ts'

export function outboxRoutes(outbox: Outbox): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/messages',
      {
        schema: {
          summary: 'Send a message: it is stored and queued, and goes out in the background',
          tags: ['mail'],
          headers: idempotencyHeaders,
          body: NewMessageBody,
          response: { 202: OutboxMessage },
        },
        config: {
          permission: 'mail:write',
          errors: { 404: ['not_found'], 422: ['idempotency_key_reused'] },
        },
      },
      async ({ ownerId, body, headers }, reply) => {
        const answer = await outbox.create(ownerId, body, headers['idempotency-key'])
        return reply.code(202).send(answer.body)
      },
    )

    http.get(
      '/outbox',
      {
        schema: {
          summary: 'Messages sent from here and what became of them, newest first',
          tags: ['mail'],
          querystring: Type.Object(pageQuery),
          response: { 200: page(OutboxMessage) },
        },
        config: { permission: 'mail:read' },
      },
      ({ ownerId, query }) => outbox.list(ownerId, { cursor: query.cursor, limit: query.limit ?? 50 }),
    )

    http.get(
      '/outbox/:outbox_id',
      {
        schema: {
          summary: 'A message sent from here, with the outcome for each recipient',
          tags: ['mail'],
          params: Type.Object({ outbox_id: Type.String({ format: 'uuid' }) }),
          response: { 200: OutboxMessage },
        },
        config: { permission: 'mail:read' },
      },
      ({ ownerId, params }) => outbox.view(ownerId, params.outbox_id),
    )
  }
}
