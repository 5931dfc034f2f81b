import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { Preferences } from './preferences.ts'

const Params = Type.Object({
  key: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$',
    examples: ['calendar.view'],
    description: 'Chosen by the front end.',
  }),
})
const Document = Type.Unknown({
  description: 'Any JSON, 64 KiB at most.',
  examples: [{ theme: 'dark', list_density: 'compact' }],
})
const Listing = Type.Object(
  {
    key: Type.String(),
    etag: Type.String(),
    size_bytes: Type.Integer(),
    updated_at: Type.String({ format: 'date-time' }),
  },
  {
    examples: [
      { key: 'webmail', etag: '"4hGQ2bQpOa5pZ0y7kTtWcA"', size_bytes: 43, updated_at: '2026-05-23T09:00:00.000Z' },
    ],
  },
)

const conditionOf = (headers: { 'if-match'?: string; 'if-none-match'?: string }) => ({
  ifMatch: headers['if-match'],
  ifNoneMatch: headers['if-none-match'],
})

export function preferenceRoutes(preferences: Preferences): FastifyPluginAsyncTypebox {
  const tags = ['account']
  return async (http) => {
    http.get(
      '/preferences',
      {
        schema: {
          summary: 'The keys of what front ends keep for you',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(Listing) } },
        },
        config: { permission: 'account:read' },
      },
      ({ ownerId, query }) => preferences.list(ownerId, { limit: query.limit ?? 50, cursor: query.cursor }),
    )

    http.get(
      '/preferences/:key',
      {
        schema: { summary: 'A kept document', tags, params: Params, response: { 200: Document } },
        config: { permission: 'account:read' },
      },
      async ({ ownerId, params }, reply) => {
        const { document, etag } = await preferences.view(ownerId, params.key)
        return reply.header('etag', etag).type('application/json; charset=utf-8').send(JSON.stringify(document))
      },
    )

    http.put(
      '/preferences/:key',
      {
        schema: {
          summary: 'Keep a document, or replace it',
          ...{ tags, params: Params, headers: conditionalHeaders, body: Document },
          response: { 200: Document, 201: Document },
        },
        config: {
          permission: 'account:write',
          errors: { 409: ['account.too_many_preferences'], 412: ['etag_mismatch'] },
        },
      },
      async ({ ownerId, params, body, headers }, reply) => {
        const { etag, isNew } = await preferences.put(ownerId, params.key, body, conditionOf(headers))
        reply.code(isNew ? 201 : 200).header('etag', etag)
        return reply.type('application/json; charset=utf-8').send(JSON.stringify(body))
      },
    )

    http.delete(
      '/preferences/:key',
      {
        schema: {
          summary: 'Forget a document',
          ...{ tags, params: Params, headers: conditionalHeaders },
          response: { 204: Type.Null({ description: 'Gone.' }) },
        },
        config: { permission: 'account:write', errors: { 412: ['etag_mismatch'] } },
      },
      async ({ ownerId, params, headers }, reply) => {
        await preferences.remove(ownerId, params.key, conditionOf(headers))
        return reply.code(204).send(null)
      },
    )
  }
}
