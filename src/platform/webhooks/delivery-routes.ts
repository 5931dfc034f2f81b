import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { Deliveries } from './deliveries.ts'
import type { DeliveryState } from './delivery-store.ts'
import { Delivery, DeliveryDetails, deliveryStates } from './delivery-wire.ts'
import { Replay, ReplayBody } from './endpoint-wire.ts'
import type { Replays } from './replays.ts'

const WebhookParams = Type.Object({ webhook_id: Type.String({ format: 'uuid' }) })
const DeliveryParams = Type.Object({ delivery_id: Type.String({ format: 'uuid' }) })
const ReplayParams = Type.Object({ ...WebhookParams.properties, replay_id: Type.String({ format: 'uuid' }) })
const ListQuery = Type.Object({
  ...pageQuery,
  state: Type.Optional(
    Type.Unsafe<DeliveryState>(Type.String({ enum: [...deliveryStates], description: '`dead`: the dead letters.' })),
  ),
})

const keyOf = ({ ownerId, params }: { ownerId: string; params: { webhook_id: string } }) => ({
  ownerId,
  id: params.webhook_id,
})

export function deliveryRoutes(
  module: string,
  { deliveries, replays }: { deliveries: Deliveries; replays: Replays },
): FastifyPluginAsyncTypebox {
  const tags = [module]
  const [read, write] = [`${module}:read`, `${module}:write`] as const
  const sends = { permission: write, errors: { 422: ['idempotency_key_reused'] } }
  return async (http) => {
    http.post(
      '/webhooks/:webhook_id/test',
      {
        schema: {
          summary: 'Send a sample, once, even to a webhook that is paused',
          description: 'Look up the answered delivery to see what came of it.',
          ...{ tags, params: WebhookParams, headers: idempotencyHeaders, response: { 202: Delivery } },
        },
        config: sends,
      },
      async (request, reply) =>
        reply.code(202).send(await deliveries.test(keyOf(request), request.headers['idempotency-key'])),
    )

    http.get(
      '/webhooks/:webhook_id/deliveries',
      {
        schema: {
          summary: 'What was and is to be sent to a webhook, newest first',
          ...{ tags, params: WebhookParams, querystring: ListQuery, response: { 200: page(Delivery) } },
        },
        config: { permission: read },
      },
      (request) => {
        const { cursor, state, limit = 50 } = request.query
        return deliveries.list(keyOf(request), { cursor, state, limit })
      },
    )

    http.get(
      '/deliveries/:delivery_id',
      {
        schema: {
          summary: 'What is sent with one delivery, and what came of each attempt',
          ...{ tags, params: DeliveryParams, response: { 200: DeliveryDetails } },
        },
        config: { permission: read },
      },
      ({ ownerId, params }) => deliveries.view(ownerId, params.delivery_id),
    )

    http.post(
      '/deliveries/:delivery_id/redelivery',
      {
        schema: {
          summary: 'Send a delivery again, with the same webhook-id',
          ...{ tags, params: DeliveryParams, headers: idempotencyHeaders, response: { 202: Delivery } },
        },
        config: sends,
      },
      async ({ ownerId, params, headers }, reply) =>
        reply.code(202).send(await deliveries.redeliver(ownerId, params.delivery_id, headers['idempotency-key'])),
    )

    http.post(
      '/webhooks/:webhook_id/replays',
      {
        schema: {
          summary: 'Send the events of a past time again, as far as they are kept (a week)',
          description: 'Each has the `webhook-id` that it had, if it was sent before.',
          ...{ tags, params: WebhookParams, headers: idempotencyHeaders, body: ReplayBody, response: { 202: Replay } },
        },
        config: sends,
      },
      async (request, reply) => {
        const { body, headers } = request
        const range = {
          from: new Date(body.from),
          to: body.to === undefined ? new Date() : new Date(body.to),
          isUndeliveredOnly: body.undelivered_only ?? false,
        }
        const answer = await replays.create(keyOf(request), module, range, headers['idempotency-key'])
        return reply.code(202).send(answer.body)
      },
    )

    http.get(
      '/webhooks/:webhook_id/replays/:replay_id',
      {
        schema: { summary: 'How far a replay is', tags, params: ReplayParams, response: { 200: Replay } },
        config: { permission: read },
      },
      (request) => replays.view(keyOf(request), module, request.params.replay_id),
    )
  }
}
