import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { optionalBody } from '#platform/http/routes.ts'
import { Id, MessageParams, Nullable } from '../reading/wire.ts'
import type { UnsubscriptionMethod, Unsubscriptions } from './unsubscriptions.ts'

const method = (description: string) =>
  Type.Unsafe<UnsubscriptionMethod>(Type.String({ enum: ['one_click', 'mailto'], description }))

export function unsubscriptionRoutes(unsubscriptions: Unsubscriptions): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/messages/:message_id/unsubscription',
      {
        schema: {
          summary: 'Leave the mailing list that sent a message',
          description: 'Asks the sender’s server by one click (RFC 8058), or by a message where that is not offered.',
          tags: ['mail'],
          params: MessageParams,
          headers: idempotencyHeaders,
          body: optionalBody(
            Type.Object(
              { method: Type.Optional(method('Only that way; by default the better one that the message offers.')) },
              { examples: [{}, { method: 'mailto' }] },
            ),
          ),
          response: {
            200: Type.Object({
              method: method('`one_click`: done; `mailto`: a message is on its way.'),
              requested_at: Type.String({ format: 'date-time' }),
              outbox_id: Nullable({ ...Id, description: 'The message that asks.' }),
            }),
          },
        },
        config: {
          permission: 'mail:write',
          errors: {
            409: ['mail.no_unsubscription', 'mail.unsubscribe_by_hand'],
            422: ['idempotency_key_reused'],
            502: ['mail.unsubscription_refused', 'upstream_unavailable'],
            504: ['upstream_timeout'],
          },
        },
      },
      async ({ ownerId, params, body, headers }) => {
        const { method, requestedAt, outboxId } = await unsubscriptions.request(ownerId, params.message_id, {
          method: body?.method,
          idempotencyKey: headers['idempotency-key'],
        })
        return { method, requested_at: requestedAt.toISOString(), outbox_id: outboxId }
      },
    )
  }
}
