import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { BookableResources } from './bookable-resources.ts'
import { BookablePage, ResourceListQuery } from './resource-wire.ts'

export function bookableRoutes(resources: BookableResources): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/resources',
      {
        schema: {
          summary: 'Rooms and equipment that you may book',
          description:
            'Invited to an event under its address, one answers at once: it accepts where it is free for all of the event, and else declines.',
          ...{ tags: ['calendar'], querystring: ResourceListQuery, response: { 200: BookablePage } },
        },
        config: { permission: 'calendar:read' },
      },
      ({ actor, query }) => resources.list(actor, query),
    )
  }
}
