import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { originOf } from '#platform/audit/audit.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { Tokens } from './tokens.ts'

const moment = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])
const members = {
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  permissions: Type.Array(Type.String()),
  created_at: Type.String({ format: 'date-time' }),
  expires_at: moment,
  last_used_at: moment,
}
const example = {
  ...{ id: '0197a1d4-aaaa-7bbb-8ccc-ddddeeeeffff', name: 'Backup of my mail', permissions: ['mail:read'] },
  created_at: '2026-05-23T09:00:00.000Z',
  expires_at: '2027-05-23T09:00:00.000Z',
  last_used_at: null,
}
const Token = Type.Object(members, { examples: [example] })
const CreatedToken = Type.Object(
  {
    ...members,
    token: Type.String({ description: 'Shown this once. Begins with `ulti_pat_`.' }),
  },
  { examples: [{ ...example, token: 'ulti_pat_…' }] },
)
const NewToken = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    permissions: Type.Array(Type.String({ maxLength: 100 }), {
      ...{ minItems: 1, maxItems: 100 },
      description: 'Some of yours; the token can never do more than you.',
    }),
    expires_at: Type.Optional(moment),
  },
  { examples: [{ name: 'Backup of my mail', permissions: ['mail:read'], expires_at: '2027-05-23T09:00:00.000Z' }] },
)

export function tokenRoutes(tokens: Tokens): FastifyPluginAsyncTypebox {
  const tags = ['account']
  return async (http) => {
    http.get(
      '/tokens',
      {
        schema: {
          summary: 'Your personal access tokens, newest first',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(Token) } },
        },
        config: { permission: 'account:read' },
      },
      ({ ownerId, query }) => tokens.list(ownerId, { limit: query.limit ?? 50, cursor: query.cursor }),
    )

    http.post(
      '/tokens',
      {
        schema: {
          summary: 'Make a personal access token for a program',
          ...{ tags, headers: idempotencyHeaders, body: NewToken, response: { 201: CreatedToken } },
        },
        config: {
          permission: 'account:write',
          feature: 'personal_tokens',
          errors: {
            409: ['account.too_many_tokens'],
            422: ['account.permission_not_owned', 'account.token_too_long', 'idempotency_key_reused'],
          },
        },
      },
      async (request, reply) => {
        const key = request.headers['idempotency-key']
        const created = await tokens.create(request.actor, request.body, key, originOf(request))
        return reply.code(201).header('cache-control', 'no-store').send(created)
      },
    )

    http.delete(
      '/tokens/:id',
      {
        schema: {
          summary: 'Revoke a personal access token',
          ...{ tags, params: Type.Object({ id: Type.String({ format: 'uuid' }) }) },
          response: { 204: Type.Null({ description: 'It stops working within a second.' }) },
        },
        config: { permission: 'account:write' },
      },
      async (request, reply) => {
        await tokens.revoke(request.actor, request.params.id, originOf(request))
        return reply.code(204).send(null)
      },
    )
  }
}
