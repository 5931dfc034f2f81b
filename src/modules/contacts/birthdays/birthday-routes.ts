import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { Contact, contactExample } from '../contact/contact-wire.ts'
import type { Birthdays } from './birthdays.ts'

const date = Type.String({ format: 'date' })
const Birthday = Type.Object({
  date,
  age: Type.Union([Type.Integer(), Type.Null()], { description: 'Null where the year of birth is not known.' }),
  contact: Contact,
})
const Query = Type.Object({
  from: Type.Optional(Type.String({ format: 'date', description: 'Today by default.' })),
  to: Type.Optional(Type.String({ format: 'date', description: 'Thirty days later by default; at most a year.' })),
})

export function birthdayRoutes(birthdays: Birthdays): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/birthdays',
      {
        schema: {
          summary: 'Whose birthday is when, the first ones first',
          ...{ tags: ['contacts'], querystring: Query },
          response: {
            200: Type.Object(
              { items: Type.Array(Birthday) },
              { examples: [{ items: [{ date: '2026-12-09', age: 120, contact: contactExample }] }] },
            ),
          },
        },
        config: { permission: 'contacts:read', errors: nextcloudErrors },
      },
      ({ actor, query }) => birthdays.list(actor, query),
    )
  }
}
