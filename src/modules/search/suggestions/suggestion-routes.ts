import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Suggestions } from './suggestions.ts'

const Suggested = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        kind: Type.String({ enum: ['recent', 'operator', 'person', 'title'] }),
        text: Type.String({ description: 'What to show.' }),
        q: Type.String({ description: 'The whole query to take over.' }),
      }),
    ),
  },
  {
    examples: [
      {
        items: [
          { kind: 'recent', text: 'budget 2026', q: 'budget 2026' },
          { kind: 'person', text: 'Bob Keller <bob@example.test>', q: 'with:bob@example.test' },
        ],
      },
    ],
  },
)

export function suggestionRoutes(suggestions: Suggestions): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/search/suggestions',
      {
        schema: {
          summary: 'What you may be about to search for, while you type',
          tags: ['search'],
          querystring: Type.Object({
            q: Type.String({ maxLength: 500, description: 'What is typed so far.' }),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 10 })),
          }),
          response: { 200: Suggested },
        },
        config: { permission: 'search:read' },
      },
      async ({ ownerId, actor, query }) => ({
        items: await suggestions.of({ ownerId, permissions: actor.permissions }, query.q, query.limit ?? 10),
      }),
    )
  }
}
