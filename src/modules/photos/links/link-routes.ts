import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { immichErrors, withImmichErrors } from '#integrations/immich/immich-errors.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page } from '#platform/http/routes.ts'
import { Link, LinkChange, LinkParams, NewLink } from './link-wire.ts'
import type { LinkChange as Change, Links, NewLink as Wanted } from './links.ts'

const tags = ['photos']
const read = { permission: 'photos:read', errors: immichErrors } as const
const write = { permission: 'photos:write', errors: immichErrors } as const

/** What one does about one's own links. */
export function linkRoutes(links: Links): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/links',
      {
        schema: { summary: 'Your links for people without an account', tags, response: { 200: page(Link) } },
        config: read,
      },
      ({ ownerId }) => links.list(ownerId),
    )

    http.post(
      '/links',
      {
        schema: {
          summary: 'Make a link to an album, or to pictures and videos',
          ...{ tags, headers: idempotencyHeaders, body: NewLink, response: { 201: Link } },
        },
        config: { ...write, errors: withImmichErrors({ 422: ['idempotency_key_reused'] }) },
      },
      async ({ ownerId, body, headers }, reply) =>
        reply.code(201).send(await links.create(ownerId, body as Wanted, headers['idempotency-key'])),
    )

    http.get(
      '/links/:link_id',
      { schema: { summary: 'A link of yours', tags, params: LinkParams, response: { 200: Link } }, config: read },
      ({ ownerId, params }) => links.view(ownerId, params.link_id),
    )

    http.patch(
      '/links/:link_id',
      {
        schema: {
          summary: 'Change a link; what is left out stays',
          ...{ tags, params: LinkParams, body: LinkChange, response: { 200: Link } },
        },
        config: write,
      },
      ({ ownerId, params, body }) => links.change(ownerId, params.link_id, body as Change),
    )

    http.delete(
      '/links/:link_id',
      {
        schema: {
          summary: 'Delete a link',
          ...{ tags, params: LinkParams, response: { 204: Type.Null({ description: 'It leads nowhere any more.' }) } },
        },
        config: write,
      },
      async ({ ownerId, params }, reply) => {
        await links.delete(ownerId, params.link_id)
        return reply.code(204).send(null)
      },
    )
  }
}
