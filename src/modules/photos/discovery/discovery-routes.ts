import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { immichErrors } from '#integrations/immich/immich-errors.ts'
import { page } from '#platform/http/routes.ts'
import type { Libraries } from '../account/library.ts'
import { Asset } from '../assets/asset-wire.ts'
import { City, MapQuery, Marker, Memory, MemoryChange, MemoryParams, SearchBody } from './discovery-wire.ts'
import type { Memories } from './memories.ts'
import type { MapFilter, Places } from './places.ts'
import type { Search, Wanted } from './search.ts'
import { LibraryStatistics, statisticsOf } from './statistics.ts'

const tags = ['photos']
const read = { permission: 'photos:read', errors: immichErrors } as const

export function discoveryRoutes(deps: {
  libraries: Libraries
  search: Search
  places: Places
  memories: Memories
}): FastifyPluginAsyncTypebox {
  const { libraries, search, places, memories } = deps
  return async (http) => {
    http.post(
      '/search',
      {
        schema: {
          summary: 'Find pictures by what is to be seen, by who and where, and by what is known of the files',
          description: 'What is given must all hold.',
          ...{ tags, body: SearchBody, response: { 200: page(Asset) } },
        },
        config: { ...read, isReading: true },
      },
      ({ ownerId, body }) => search.find(ownerId, { limit: 50, ...(body as Partial<Wanted>) }),
    )

    http.get(
      '/map',
      {
        schema: {
          summary: 'Where your pictures were taken, for a map',
          description:
            'All of them within the box. One whose `west` is east of its `east` goes over the 180th meridian.',
          ...{ tags, querystring: MapQuery, response: { 200: page(Marker) } },
        },
        config: read,
      },
      ({ ownerId, query }) => places.map(ownerId, query as MapFilter),
    )

    http.get(
      '/places',
      {
        schema: { summary: 'The towns of your pictures, each with one of them', tags, response: { 200: page(City) } },
        config: read,
      },
      ({ ownerId }) => places.cities(ownerId),
    )

    http.get(
      '/memories',
      {
        schema: {
          summary: 'What was on this day years ago',
          ...{ tags, querystring: Type.Object({ date: Type.String({ format: 'date', description: 'Your today.' }) }) },
          response: { 200: page(Memory) },
        },
        config: read,
      },
      ({ ownerId, query }) => memories.list(ownerId, query.date),
    )

    http.patch(
      '/memories/:memory_id',
      {
        schema: {
          summary: 'Keep a memory, or note that it was seen',
          ...{ tags, params: MemoryParams, body: MemoryChange },
          response: { 204: Type.Null({ description: 'Noted.' }) },
        },
        config: { permission: 'photos:write', errors: immichErrors },
      },
      async ({ ownerId, params, body }, reply) => {
        await memories.change(ownerId, params.memory_id, body as { is_saved?: boolean; seen_at?: string })
        return reply.code(204).send(null)
      },
    )

    http.get(
      '/statistics',
      {
        schema: { summary: 'How much you have, and how much room', tags, response: { 200: LibraryStatistics } },
        config: read,
      },
      ({ ownerId }) => statisticsOf(libraries, ownerId),
    )
  }
}
