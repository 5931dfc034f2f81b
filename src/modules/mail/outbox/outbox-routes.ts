import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { originOf } from '#platform/audit/audit.ts'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { optionalBody, page, pageQuery } from '#platform/http/routes.ts'
import { DraftParams } from '../drafts/draft-wire.ts'
import { Id } from '../reading/wire.ts'
import type { Outbox, Sender } from './outbox.ts'
import type { OutboxState } from './outbox-store.ts'
import { NewMessageBody, OutboxEntry, OutboxMessage, SendingBody, SendingPreferences } from './outbox-wire.ts'

const tags = ['mail']
export const OutboxParams = Type.Object({ outbox_id: Id })

const OutboxQuery = Type.Object({
  ...pageQuery,
  state: Type.Optional(
    Type.String({ enum: ['held', 'queued', 'transmitting', 'sent', 'failed', 'unknown'], description: 'Only these.' }),
  ),
  follow_up: Type.Optional(
    Type.String({ enum: ['due'], description: 'Only those that nobody has answered, and whose reminder is due.' }),
  ),
})

const senderOf = (request: FastifyRequest): Sender => ({
  ...{ ownerId: request.ownerId, actorId: request.actor.personId, origin: originOf(request) },
})

export function outboxRoutes(outbox: Outbox): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/messages',
      {
        schema: {
          summary: 'Send a message: it is stored, and goes out in the background',
          description:
            'It is held as long as it can be taken back, or until `send_at`. Bcc leaves in the envelope alone.',
          ...{ tags, headers: idempotencyHeaders, body: NewMessageBody, response: { 202: OutboxEntry } },
        },
        config: {
          permission: 'mail:write',
          errors: {
            403: ['mail.attachment_type_not_allowed'],
            404: ['not_found'],
            422: ['idempotency_key_reused'],
          },
        },
      },
      async (request, reply) => {
        const answer = await outbox.create(senderOf(request), request.body, request.headers['idempotency-key'])
        return reply.code(202).header('etag', answer.body.etag).send(answer.body)
      },
    )

    http.post(
      '/drafts/:draft_id/send',
      {
        schema: {
          summary: 'Send a draft: it leaves the drafts and becomes a message of the outbox',
          description: 'Taken back, it is a draft again under its old id.',
          tags,
          params: DraftParams,
          headers: Type.Object({
            ...idempotencyHeaders.properties,
            'if-match': conditionalHeaders.properties['if-match'],
          }),
          body: optionalBody(SendingBody),
          response: { 202: OutboxEntry },
        },
        config: {
          permission: 'mail:write',
          errors: {
            400: ['request_body_too_large'],
            403: ['mail.attachment_type_not_allowed'],
            409: ['mail.draft_not_opened'],
            412: ['etag_mismatch'],
            422: ['idempotency_key_reused', 'mail.draft_not_sendable'],
          },
        },
      },
      async (request, reply) => {
        const { 'if-match': ifMatch, 'idempotency-key': idempotencyKey } = request.headers
        const versions = { ifMatch, idempotencyKey }
        const { params, body } = request
        const answer = await outbox.sendDraft(senderOf(request), params.draft_id, body ?? {}, versions)
        return reply.code(202).header('etag', answer.body.etag).send(answer.body)
      },
    )

    http.get(
      '/outbox',
      {
        schema: {
          summary: 'Messages sent from here and what became of them, newest first',
          ...{ tags, querystring: OutboxQuery, response: { 200: page(OutboxMessage) } },
        },
        config: { permission: 'mail:read' },
      },
      ({ ownerId, query: { cursor, limit = 50, state, follow_up } }) =>
        outbox.list(ownerId, {
          ...{ cursor, limit },
          state: state as OutboxState | undefined,
          isFollowUpDue: follow_up === 'due',
        }),
    )

    http.get(
      '/outbox/:outbox_id',
      {
        schema: {
          summary: 'A message sent from here, with the outcome for each recipient',
          ...{ tags, params: OutboxParams, response: { 200: OutboxEntry } },
        },
        config: { permission: 'mail:read' },
      },
      async ({ ownerId, params }, reply) => {
        const entry = await outbox.view(ownerId, params.outbox_id)
        return reply.header('etag', entry.etag).header('cache-control', 'private, no-cache').send(entry)
      },
    )

    http.get(
      '/outbox/preferences',
      {
        schema: { summary: 'How your messages are sent by default', tags, response: { 200: SendingPreferences } },
        config: { permission: 'mail:read' },
      },
      ({ ownerId }) => outbox.preferences(ownerId),
    )

    http.put(
      '/outbox/preferences',
      {
        schema: {
          summary: 'Say how your messages are sent by default',
          ...{ tags, body: SendingPreferences, response: { 200: SendingPreferences } },
        },
        config: { permission: 'mail:write' },
      },
      ({ ownerId, body }) => outbox.setPreferences(ownerId, body),
    )
  }
}
