import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { NewTargetBody, RenewedCodeBody, Target, TargetParams, VerificationBody } from './target-wire.ts'
import type { Targets } from './targets.ts'

const keyOf = ({ ownerId, params }: { ownerId: string; params: { target_id: string } }) => ({
  ownerId,
  id: params.target_id,
})

export function targetRoutes(targets: Targets): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  return async (http) => {
    http.post(
      '/forward-targets',
      {
        schema: {
          summary: 'Name an address to which rules shall forward; a code is mailed there',
          ...{ tags, headers: idempotencyHeaders, body: NewTargetBody, response: { 201: Target } },
        },
        config: {
          permission: 'mail:write',
          errors: {
            403: ['mail.forwarding_not_allowed'],
            404: ['not_found'],
            409: ['mail.forward_target_exists', 'mail.too_many_forward_targets'],
            422: ['idempotency_key_reused'],
          },
        },
      },
      async ({ ownerId, body, headers }, reply) => {
        const answer = await targets.create(ownerId, body, headers['idempotency-key'])
        return reply.code(201).send(answer.body)
      },
    )

    http.get(
      '/forward-targets',
      {
        schema: {
          summary: 'Addresses to which rules may forward, oldest first',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(Target) } },
        },
        config: { permission: 'mail:read' },
      },
      ({ ownerId, query }) => targets.list(ownerId, { cursor: query.cursor, limit: query.limit ?? 50 }),
    )

    http.post(
      '/forward-targets/:target_id/verification',
      {
        schema: {
          summary: 'Prove by the code that the reader of an address wants the mail',
          ...{ tags, params: TargetParams, body: VerificationBody, response: { 200: Target } },
        },
        config: {
          permission: 'mail:write',
          errors: { 422: ['mail.forward_target_code_wrong', 'mail.forward_target_code_void'] },
        },
      },
      (request) => targets.verify(keyOf(request), request.body.code),
    )

    http.post(
      '/forward-targets/:target_id/code',
      {
        schema: {
          summary: 'Mail another code; the one before is void',
          ...{ tags, params: TargetParams, body: RenewedCodeBody },
          response: { 202: Type.Null({ description: 'It is on its way.' }) },
        },
        config: { permission: 'mail:write', errors: { 409: ['mail.forward_target_verified'] } },
      },
      async (request, reply) => {
        await targets.renewCode(keyOf(request), request.body.mail_account_id)
        return reply.code(202).send(null)
      },
    )

    http.delete(
      '/forward-targets/:target_id',
      {
        schema: {
          summary: 'Forward no more to an address',
          ...{ tags, params: TargetParams, response: { 204: Type.Null({ description: 'Gone.' }) } },
        },
        config: { permission: 'mail:write' },
      },
      async (request, reply) => {
        await targets.remove(keyOf(request))
        return reply.code(204).send(null)
      },
    )
  }
}
