import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { Id } from '../reading/wire.ts'
import type { OutboxActs } from './outbox-acts.ts'
import { OutboxParams } from './outbox-routes.ts'
import { OutboxChangeBody, OutboxEntry, ResolutionBody } from './outbox-wire.ts'

const tags = ['mail']

export function outboxActRoutes(acts: OutboxActs): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.patch(
      '/outbox/:outbox_id',
      {
        schema: {
          summary: 'Change a message that has not left yet, or its reminder',
          description:
            'Says in If-Match which version it changes. Once the message is on its way only its reminder can change.',
          tags,
          params: OutboxParams,
          headers: Type.Object({ 'if-match': Type.String({ maxLength: 1000, description: 'Its ETag, or `*`.' }) }),
          body: OutboxChangeBody,
          response: { 200: OutboxEntry },
        },
        config: { permission: 'mail:write', errors: { 409: ['mail.not_held'], 412: ['etag_mismatch'] } },
      },
      async ({ ownerId, params, body, headers }, reply) => {
        const entry = await acts.change(ownerId, params.outbox_id, body, headers['if-match'])
        return reply.header('etag', entry.etag).send(entry)
      },
    )

    http.delete(
      '/outbox/:outbox_id',
      {
        schema: {
          summary: 'Take a message back that nobody has got: it becomes a draft again',
          ...{ tags, params: OutboxParams, response: { 200: Type.Object({ draft_id: Id }) } },
        },
        config: { permission: 'mail:write', errors: { 409: ['mail.already_sent', 'mail.outcome_unknown'] } },
      },
      ({ ownerId, params }) => acts.undo(ownerId, params.outbox_id),
    )

    http.post(
      '/outbox/:outbox_id/retry',
      {
        schema: {
          summary: 'Try a message now, also for those who were refused',
          ...{ tags, params: OutboxParams, headers: idempotencyHeaders, response: { 200: OutboxEntry } },
        },
        config: {
          permission: 'mail:write',
          errors: { 409: ['mail.nothing_to_retry', 'mail.outcome_unknown'], 422: ['idempotency_key_reused'] },
        },
      },
      async ({ ownerId, params, headers }) => {
        const request = { ownerId, id: params.outbox_id, idempotencyKey: headers['idempotency-key'] }
        return (await acts.retry(request)).body
      },
    )

    http.post(
      '/outbox/:outbox_id/resolution',
      {
        schema: {
          summary: 'Say what became of a message whose fate nobody else knows',
          ...{ tags, params: OutboxParams, headers: idempotencyHeaders, body: ResolutionBody },
          response: { 200: OutboxEntry },
        },
        config: {
          permission: 'mail:write',
          errors: { 409: ['mail.outcome_known'], 422: ['idempotency_key_reused'] },
        },
      },
      async ({ ownerId, params, headers, body }) => {
        const request = { ownerId, id: params.outbox_id, idempotencyKey: headers['idempotency-key'] }
        return (await acts.resolve(request, body.resolution)).body
      },
    )
  }
}
