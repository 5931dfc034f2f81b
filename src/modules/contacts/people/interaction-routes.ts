import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { pageQuery } from '#platform/http/routes.ts'
import { ContactParams, contactAddress } from '../contact/contact-wire.ts'
import type { Interactions } from './interactions.ts'

const Interaction = Type.Object({
  type: Type.String({ description: '`mail.message`, `calendar.event`, `drive.file` …' }),
  id: Type.String(),
  title: Type.String(),
  when: Type.String({ format: 'date-time' }),
  who: Type.Union([Type.Object({ name: Type.String(), email: Type.String() }), Type.Null()]),
  link: Type.String({ description: 'The path of it in the API.' }),
  place: Type.Record(Type.String(), Type.String()),
})
const Answer = Type.Object(
  {
    items: Type.Array(Interaction),
    incomplete: Type.Array(Type.String(), { description: 'What could not be asked in time.' }),
    next_cursor: Type.Union([Type.String(), Type.Null()]),
  },
  {
    examples: [
      {
        items: [
          {
            ...{ type: 'mail.message', id: '019a4e2c-7f00-7000-8000-000000000001', title: 'Lunch?' },
            ...{ when: '2026-05-23T09:00:00.000000Z', who: { name: 'Grace Hopper', email: 'grace@example.com' } },
            ...{ link: '/api/v1/mail/messages/019a4e2c-7f00-7000-8000-000000000001', place: {} },
          },
        ],
        incomplete: [],
        next_cursor: null,
      },
    ],
  },
)

export function interactionRoutes(interactions: Interactions): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      `${contactAddress}/interactions`,
      {
        schema: {
          summary: 'Mails, meetings and files that you had to do with together, the newest first',
          ...{
            tags: ['contacts'],
            params: ContactParams,
            querystring: Type.Object(pageQuery),
            response: { 200: Answer },
          },
        },
        config: { permission: 'contacts:read', errors: nextcloudErrors },
      },
      ({ actor, params, query }) =>
        interactions.list(actor, params, { limit: query.limit ?? 50, cursor: query.cursor }),
    )
  }
}
