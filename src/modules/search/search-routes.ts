import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { FoundItem, Search } from './search.ts'

const Found = Type.Object({
  type: Type.String({ description: '`mail.message`' }),
  id: Type.String({ format: 'uuid' }),
  title: Type.String(),
  excerpt: Type.String({ description: 'Plain text, never HTML.' }),
  highlights: Type.Array(Type.Array(Type.Integer(), { minItems: 2, maxItems: 2 }), {
    description: 'Ranges of `excerpt` that matched: [start, end) in UTF-16 code units, as JavaScript counts.',
  }),
  who: Type.Union([Type.Object({ name: Type.String(), email: Type.String() }), Type.Null()]),
  when: Type.String({ format: 'date-time' }),
  mail_account_id: Type.Optional(Type.String({ format: 'uuid' })),
  folder_id: Type.Optional(Type.String({ format: 'uuid' })),
})

const FoundPage = Type.Object({
  ...page(Found).properties,
  incomplete: Type.Array(
    Type.Object({ type: Type.String(), reason: Type.String({ enum: ['timeout', 'unavailable'] }) }),
    { description: 'The sources of which something may be missing here.' },
  ),
})

export function searchRoutes(search: Search): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/search',
      {
        schema: {
          summary: 'Search everything, newest first: words, "phrases", -not; the last word may be a beginning',
          tags: ['search'],
          querystring: Type.Object({ q: Type.String({ minLength: 1, maxLength: 500 }), ...pageQuery }),
          response: { 200: FoundPage },
        },
        config: { permission: 'search:read' },
      },
      async ({ ownerId, actor, query }) => {
        const request = { q: query.q, cursor: query.cursor, limit: query.limit ?? 50 }
        const answer = await search.find({ ownerId, permissions: actor.permissions }, request)
        return { ...answer, items: answer.items.map(wireForm) }
      },
    )
  }
}

const wireForm = ({ type, hit, excerpt }: FoundItem) => ({
  type,
  id: hit.id,
  title: hit.title,
  excerpt: excerpt.text,
  highlights: excerpt.highlights,
  who: hit.who,
  when: `${hit.when.slice(0, 23)}Z`,
  ...hit.place,
})
