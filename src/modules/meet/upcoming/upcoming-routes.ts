import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Upcoming } from './upcoming.ts'

const moment = Type.String({ format: 'date-time' })
const Meeting = Type.Object({
  source: Type.String({ enum: ['room', 'calendar'] }),
  title: Type.String(),
  starts_at: moment,
  ends_at: Type.Union([moment, Type.Null()]),
  url: Type.String({ description: 'Without a token; POST /rooms/{room}/tokens gives one that lets you in.' }),
  room: Type.Union([Type.String(), Type.Null()], { description: 'Its name, where the meeting is in this suite.' }),
})
const Query = Type.Object({
  from: Type.Optional(Type.String({ format: 'date-time', description: 'Now by default.' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'A week later by default.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
})

export function upcomingRoutes(upcoming: Upcoming): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/upcoming',
      {
        schema: {
          summary: 'Your meetings to come, from your calendars and those made by themselves, the first ones first',
          ...{ tags: ['meet'], querystring: Query, response: { 200: Type.Object({ items: Type.Array(Meeting) }) } },
        },
        config: { permission: 'meet:read' },
      },
      ({ actor, query }) => upcoming.list(actor, { from: query.from, to: query.to, limit: query.limit ?? 50 }),
    )
  }
}
