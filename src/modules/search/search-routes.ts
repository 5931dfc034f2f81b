import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Search } from './search.ts'
import { FoundPage, searchQuery, wireForm } from './search-wire.ts'

export function searchRoutes(search: Search): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/search',
      {
        schema: {
          summary: 'Search everything: mail, files, events, contacts, photos',
          tags: ['search'],
          querystring: searchQuery,
          response: { 200: FoundPage },
        },
        config: { permission: 'search:read' },
      },
      async ({ ownerId, actor, query }) => {
        const { q, types, sort, cursor, limit = 50, facets = true } = query
        const answer = await search.find(
          { ownerId, permissions: actor.permissions },
          {
            ...{ q, types: types?.split(','), cursor, limit, hasFacets: facets },
            sort: sort === 'relevance' ? 'relevance' : 'date',
          },
        )
        return wireForm(answer)
      },
    )
  }
}
