import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { RecentQueries } from './recent-queries.ts'

const Q = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' })
const Recent = Type.Object(
  {
    items: Type.Array(Type.Object({ q: Type.String(), used_at: Type.String({ format: 'date-time' }) })),
  },
  { examples: [{ items: [{ q: 'from:ann budget', used_at: '2026-05-23T09:00:00.000Z' }] }] },
)
const Noted = Type.Object({ q: Q }, { examples: [{ q: 'from:ann budget' }] })

export function recentQueryRoutes(recent: RecentQueries): FastifyPluginAsyncTypebox {
  const tags = ['search']
  return async (http) => {
    http.get(
      '/search/recent',
      {
        schema: {
          summary: 'What you searched for last, newest first',
          tags,
          querystring: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })) }),
          response: { 200: Recent },
        },
        config: { permission: 'search:read' },
      },
      ({ ownerId, query }) => recent.list(ownerId, query.limit ?? 20),
    )

    http.put(
      '/search/recent',
      {
        schema: {
          summary: 'Remember a query that you chose',
          description: 'To be suggested again. The last hundred are kept; searches by themselves are not remembered.',
          ...{ tags, body: Noted, response: { 204: Type.Null() } },
        },
        config: { permission: 'search:write' },
      },
      async ({ ownerId, body }, reply) => {
        await recent.note(ownerId, body.q)
        return reply.code(204).send(null)
      },
    )

    http.delete(
      '/search/recent',
      {
        schema: {
          summary: 'Forget what you searched for: one query, or all',
          ...{ tags, querystring: Type.Object({ q: Type.Optional(Q) }), response: { 204: Type.Null() } },
        },
        config: { permission: 'search:write' },
      },
      async ({ ownerId, query }, reply) => {
        await recent.forget(ownerId, query.q)
        return reply.code(204).send(null)
      },
    )
  }
}
