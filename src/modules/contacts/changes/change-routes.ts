import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { BookParams, Contact, contactExample } from '../contact/contact-wire.ts'
import type { Changes } from './changes.ts'

const Query = Type.Object({
  sync_token: Type.Optional(
    Type.String({ maxLength: 500, description: 'Of the answer before. Without one everything is told, as created.' }),
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, default: 200, description: 'Contacts in an answer.' }),
  ),
})
const Answer = Type.Object(
  {
    created: Type.Array(Contact),
    updated: Type.Array(Contact, { description: 'May hold one that you have not seen yet.' }),
    deleted: Type.Array(Type.Object({ path: Type.String(), uid: Type.String() })),
    sync_token: Type.String({ description: 'For the next request.' }),
    has_more: Type.Boolean({ description: 'Ask again at once.' }),
  },
  {
    examples: [
      { created: [], updated: [contactExample], deleted: [], sync_token: 'WyIwMTkuLi4iLDEyXQ', has_more: false },
    ],
  },
)

export function changeRoutes(changes: Changes): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/:book_id/changes',
      {
        schema: {
          summary: 'What changed in an address book since you asked last',
          ...{ tags: ['contacts'], params: BookParams, querystring: Query, response: { 200: Answer } },
        },
        config: {
          permission: 'contacts:read',
          errors: withErrors(nextcloudErrors, { 409: ['sync_token_invalid'] }),
        },
      },
      ({ actor, params, query }) =>
        changes.since(actor, params.book_id, { syncToken: query.sync_token, limit: query.limit ?? 200 }),
    )
  }
}
