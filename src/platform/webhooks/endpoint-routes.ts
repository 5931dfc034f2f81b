import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { originOf, type RequestOrigin } from '#platform/audit/audit.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import {
  CreatedSecret,
  CreatedWebhook,
  etagOfWebhook,
  NewSecretBody,
  NewWebhookBody,
  Webhook,
  WebhookChangeBody,
} from './endpoint-wire.ts'
import { type Endpoints, endpointCodes } from './endpoints.ts'
import type { SigningSecrets } from './signing-secrets.ts'

const Params = Type.Object({ webhook_id: Type.String({ format: 'uuid' }) })
const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 1000, description: 'The ETag of the version that you have seen; another answers 412.' }),
  ),
})

/** What these routes need to know of a request. */
type Asker = Parameters<typeof originOf>[0] & { ownerId: string; actor: { personId: string } }
const authorOf = (request: Asker): { actorId: string; origin: RequestOrigin } => ({
  actorId: request.actor.personId,
  origin: originOf(request),
})
const keyOf = ({ ownerId, params }: { ownerId: string; params: { webhook_id: string } }) => ({
  ownerId,
  id: params.webhook_id,
})

export function endpointRoutes(
  module: string,
  { endpoints, signingSecrets }: { endpoints: Endpoints; signingSecrets: SigningSecrets },
): FastifyPluginAsyncTypebox {
  const tags = [module]
  const [read, write] = [`${module}:read`, `${module}:write`] as const
  return async (http) => {
    http.post(
      '/webhooks',
      {
        schema: {
          summary: 'Have events sent to a URL, signed by the scheme of Standard Webhooks',
          description:
            'Every event is delivered at least once, again and again over three days until the receiver answers 2xx ' +
            'within 15 seconds; events about one thing come in their order. The section `webhooks` of this document ' +
            'tells what each carries. A receiver that answers 410 is not sent to again; one that fails for three days ' +
            'is paused.',
          ...{ tags, headers: idempotencyHeaders, body: NewWebhookBody, response: { 201: CreatedWebhook } },
        },
        config: {
          permission: write,
          feature: 'webhooks',
          errors: {
            409: ['webhook.too_many'],
            422: [...endpointCodes, 'webhook.secret_invalid', 'idempotency_key_reused'],
          },
        },
      },
      async (request, reply) => {
        const { ownerId, body, headers } = request
        const created = await endpoints.create(ownerId, body, headers['idempotency-key'], authorOf(request))
        return reply.code(201).header('cache-control', 'no-store').header('etag', etagOfWebhook(created)).send(created)
      },
    )

    http.get(
      '/webhooks',
      {
        schema: {
          summary: 'Your webhooks, oldest first',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(Webhook) } },
        },
        config: { permission: read },
      },
      ({ ownerId, query }) => endpoints.list(ownerId, { cursor: query.cursor, limit: query.limit ?? 50 }),
    )

    http.get(
      '/webhooks/:webhook_id',
      {
        schema: { summary: 'A webhook and how it fares', tags, params: Params, response: { 200: Webhook } },
        config: { permission: read },
      },
      async (request, reply) => {
        const webhook = await endpoints.view(keyOf(request))
        return reply.header('etag', etagOfWebhook(webhook)).send(webhook)
      },
    )

    http.patch(
      '/webhooks/:webhook_id',
      {
        schema: {
          summary: 'Change where events are sent, and which',
          ...{ tags, params: Params, headers: IfMatch, body: WebhookChangeBody, response: { 200: Webhook } },
        },
        config: { permission: write, errors: { 412: ['etag_mismatch'], 422: endpointCodes } },
      },
      async (request, reply) => {
        const { body, headers } = request
        const webhook = await endpoints.change(keyOf(request), body, headers['if-match'], authorOf(request))
        return reply.header('etag', etagOfWebhook(webhook)).send(webhook)
      },
    )

    http.delete(
      '/webhooks/:webhook_id',
      {
        schema: {
          summary: 'Send nothing there any more, and forget what was sent',
          ...{ tags, params: Params, response: { 204: Type.Null({ description: 'Gone.' }) } },
        },
        config: { permission: write },
      },
      async (request, reply) => {
        await endpoints.remove(keyOf(request), authorOf(request))
        return reply.code(204).send(null)
      },
    )

    http.put(
      '/webhooks/:webhook_id/pause',
      {
        schema: {
          summary: 'Stop sending; what happens meanwhile is not sent later unless it is replayed',
          ...{ tags, params: Params, response: { 200: Webhook } },
        },
        config: { permission: write },
      },
      (request) => endpoints.pause(keyOf(request)),
    )

    http.delete(
      '/webhooks/:webhook_id/pause',
      {
        schema: {
          summary: 'Send again, what was pending first',
          ...{ tags, params: Params, response: { 204: Type.Null({ description: 'It is active.' }) } },
        },
        config: { permission: write },
      },
      async (request, reply) => {
        await endpoints.resume(keyOf(request))
        return reply.code(204).send(null)
      },
    )

    http.post(
      '/webhooks/:webhook_id/secrets',
      {
        schema: {
          summary: 'Sign with another secret as well; remove the old one when the receiver has this one',
          ...{
            tags,
            params: Params,
            headers: idempotencyHeaders,
            body: NewSecretBody,
            response: { 201: CreatedSecret },
          },
        },
        config: {
          permission: write,
          errors: { 409: ['webhook.too_many_secrets'], 422: ['webhook.secret_invalid', 'idempotency_key_reused'] },
        },
      },
      async (request, reply) => {
        const { body, headers } = request
        const key = headers['idempotency-key']
        const created = await signingSecrets.add(keyOf(request), body.secret, key, authorOf(request))
        return reply.code(201).header('cache-control', 'no-store').send(created)
      },
    )

    http.delete(
      '/webhooks/:webhook_id/secrets/:secret_id',
      {
        schema: {
          summary: 'Sign no more with a secret; without any the secret of the deployment signs',
          tags,
          params: Type.Object({ ...Params.properties, secret_id: Type.String({ format: 'uuid' }) }),
          response: { 204: Type.Null({ description: 'Gone.' }) },
        },
        config: { permission: write, errors: { 409: ['webhook.secret_needed'] } },
      },
      async (request, reply) => {
        await signingSecrets.remove(keyOf(request), request.params.secret_id, authorOf(request))
        return reply.code(204).send(null)
      },
    )
  }
}
