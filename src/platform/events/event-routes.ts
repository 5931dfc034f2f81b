import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { isAllowed } from '#platform/auth/permissions.ts'
import type { Permission } from '#platform/http/routes.ts'
import type { EventStream } from './event-stream.ts'

const event = {
  ...{ seq: 42, type: 'mail.message_created', at: '2026-05-23T09:00:00.000Z' },
  data: { message_id: '0197a1e8-1234-7567-89ab-cdef01234567' },
}
const Event = Type.Object(
  {
    seq: Type.Integer({ description: 'Grows by one from event to event of an owner.' }),
    type: Type.String(),
    at: Type.String({ format: 'date-time' }),
    data: Type.Unknown({ description: 'As the section `webhooks` of this document tells of each type.' }),
  },
  { examples: [event] },
)

const Query = Type.Object({
  after: Type.Optional(
    Type.Integer({
      ...{ minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
      description:
        'The `next_after` of the answer before; 0 for all that is kept (a week). Without it nothing is answered but ' +
        'where the stream stands.',
    }),
  ),
  types: Type.Optional(
    Type.String({
      ...{
        maxLength: 2000,
        pattern: '^[a-z_.]+\\*?(,[a-z_.]+\\*?)*$',
        examples: ['mail.message_*,mail.folder_created'],
      },
      description: 'Types of events, separated by commas; `*` at an end stands for any rest. All by default.',
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Events in an answer.' })),
})

/** The stream that sockets and webhooks are fed from, for those who prefer pulling. */
export function eventRoutes(stream: EventStream): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/events',
      {
        schema: {
          summary: 'What happened to your data, in order, after an event that you know of',
          description:
            'Only events of modules that you may read. Ask again with `after` as the `next_after` of the answer: at ' +
            'once while there are more, after a while otherwise.',
          tags: ['realtime'],
          querystring: Query,
          response: {
            200: Type.Object(
              { items: Type.Array(Event), next_after: Type.Integer(), has_more: Type.Boolean() },
              { examples: [{ items: [event], next_after: 42, has_more: false }] },
            ),
          },
        },
        config: { permission: 'signed_in', errors: { 409: ['events_expired'] } },
      },
      ({ ownerId, actor, query }) => {
        const mayRead = (module: string) => isAllowed(actor.permissions, `${module}:read` as Permission)
        return stream.read(ownerId, {
          after: query.after,
          types: query.types?.split(',') ?? ['*'],
          limit: query.limit ?? 100,
          mayRead,
        })
      },
    )
  }
}
