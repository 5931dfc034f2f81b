import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { immichErrors } from '#integrations/immich/immich-errors.ts'
import { page } from '#platform/http/routes.ts'
import type { Timeline, TimelineFilter } from './timeline.ts'
import { TimelineItem } from './timeline-item.ts'

const tags = ['photos']
const uuid = Type.String({ format: 'uuid' })
const Filter = Type.Object({
  album_id: Type.Optional(uuid),
  person_id: Type.Optional(uuid),
  is_favorite: Type.Optional(Type.Boolean()),
  is_trashed: Type.Optional(Type.Boolean({ description: 'What lies in the trash, and nothing else.' })),
  visibility: Type.Optional(
    Type.String({ enum: ['timeline', 'archive'], description: 'timeline, unless an album or the trash is asked for.' }),
  ),
})
const Month = Type.Object(
  { month: Type.String({ pattern: '^\\d{4}-\\d{2}$' }), count: Type.Integer() },
  { examples: [{ month: '2026-05', count: 42 }] },
)
const MonthParams = Type.Object({ month: Type.String({ pattern: '^\\d{4}-(0[1-9]|1[0-2])$', examples: ['2026-05'] }) })

export function timelineRoutes(timeline: Timeline): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/timeline',
      {
        schema: {
          summary: 'The months in which there are photos, the newest first',
          description: 'All of them, each with how many it has: enough to lay out a scroll bar.',
          ...{ tags, querystring: Filter, response: { 200: page(Month) } },
        },
        config: { permission: 'photos:read', errors: immichErrors },
      },
      ({ ownerId, query }) => timeline.months(ownerId, query as TimelineFilter),
    )

    http.get(
      '/timeline/:month',
      {
        schema: {
          summary: 'The photos of a month, the newest first',
          description: 'A month is answered whole. A month without photos has none.',
          ...{ tags, params: MonthParams, querystring: Filter, response: { 200: page(TimelineItem) } },
        },
        config: { permission: 'photos:read', errors: immichErrors },
      },
      ({ ownerId, params, query }) => timeline.month(ownerId, params.month, query as TimelineFilter),
    )
  }
}
