import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { conditionalHeaders, etagOf } from '#platform/http/etag.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { Id } from '../reading/wire.ts'
import type { Identities } from './identities.ts'
import { Identity, IdentityChangeBody, IdentityParams, NewIdentityBody } from './identity-wire.ts'

const ifMatch = Type.Object({ 'if-match': conditionalHeaders.properties['if-match'] })

export function identityRoutes(identities: Identities): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  return async (http) => {
    http.post(
      '/identities',
      {
        schema: {
          summary: 'Make an identity to write under: an alias, another name, another signature',
          description:
            'Every account begins with one, whose id is its own. Whether an alias may be used, its mail server decides.',
          ...{ tags, headers: idempotencyHeaders, body: NewIdentityBody, response: { 201: Identity } },
        },
        config: { permission: 'mail:write', errors: { 404: ['not_found'], 422: ['idempotency_key_reused'] } },
      },
      async ({ ownerId, body, headers }, reply) => {
        const answer = await identities.create(ownerId, body, headers['idempotency-key'])
        return reply.code(201).header('etag', etagOf(answer.body)).send(answer.body)
      },
    )

    http.get(
      '/identities',
      {
        schema: {
          summary: 'The identities to write under',
          tags,
          querystring: Type.Object({ ...pageQuery, mail_account_id: Type.Optional(Id) }),
          response: { 200: page(Identity) },
        },
        config: { permission: 'mail:read', errors: { 404: ['not_found'] } },
      },
      ({ ownerId, query: { mail_account_id: mailAccountId, cursor, limit = 50 } }) =>
        identities.list(ownerId, { mailAccountId, cursor, limit }),
    )

    http.get(
      '/identities/:identity_id',
      {
        schema: { summary: 'An identity', tags, params: IdentityParams, response: { 200: Identity } },
        config: { permission: 'mail:read' },
      },
      async ({ ownerId, params }, reply) => {
        const identity = await identities.view(ownerId, params.identity_id)
        return reply.header('etag', etagOf(identity)).send(identity)
      },
    )

    http.patch(
      '/identities/:identity_id',
      {
        schema: {
          summary: 'Change an identity, or make it the default of its account',
          ...{ tags, params: IdentityParams, headers: ifMatch, body: IdentityChangeBody, response: { 200: Identity } },
        },
        config: { permission: 'mail:write', errors: { 412: ['etag_mismatch'] } },
      },
      async ({ ownerId, params, body, headers }, reply) => {
        const identity = await identities.change(ownerId, params.identity_id, body, headers['if-match'])
        return reply.header('etag', etagOf(identity)).send(identity)
      },
    )

    http.delete(
      '/identities/:identity_id',
      {
        schema: {
          summary: 'Delete an identity',
          ...{ tags, params: IdentityParams, headers: ifMatch },
          response: { 204: Type.Null({ description: 'Gone; drafts under it are under the default now.' }) },
        },
        config: { permission: 'mail:write', errors: { 409: ['mail.identity_needed'], 412: ['etag_mismatch'] } },
      },
      async ({ ownerId, params, headers }, reply) => {
        await identities.delete(ownerId, params.identity_id, headers['if-match'])
        return reply.code(204).send(null)
      },
    )
  }
}
