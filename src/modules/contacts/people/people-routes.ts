import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { Contact } from '../contact/contact-wire.ts'
import type { Autocomplete } from './autocomplete.ts'
import type { Suggestions } from './suggestions.ts'

const tags = ['contacts']
const Completion = Type.Object({
  name: Type.String(),
  email: Type.String(),
  source: Type.String({ enum: ['contact', 'correspondent', 'organisation', 'directory'] }),
  path: Type.Union([Type.String(), Type.Null()], { description: 'Of the contact.' }),
  has_photo: Type.Boolean(),
})
const completionExample = {
  ...{ name: 'Grace Hopper', email: 'grace@example.com', source: 'contact', has_photo: false },
  path: '/remote.php/dav/addressbooks/users/alice/contacts/4fbe8971.vcf',
}
const Suggestion = Type.Object(
  {
    email: Type.String(),
    name: Type.String(),
    written_count: Type.Integer({ description: 'Messages that you wrote to it.' }),
    last_written_at: Type.String({ format: 'date-time' }),
  },
  {
    examples: [
      { email: 'ada@example.com', name: 'Ada Lovelace', written_count: 7, last_written_at: '2026-05-23T09:00:00.000Z' },
    ],
  },
)
const SuggestionParams = Type.Object({ email: Type.String({ minLength: 3, maxLength: 320 }) })
const AcceptanceBody = Type.Object(
  { book_id: Type.String({ minLength: 1, maxLength: 200, description: 'Where the contact is made.' }) },
  { examples: [{ book_id: 'contacts' }] },
)

export function peopleRoutes(autocomplete: Autocomplete, suggestions: Suggestions): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/autocomplete',
      {
        schema: {
          summary: 'Whom somebody means who types this: contacts, people of the installation, people written to',
          description: 'Those written to often and lately come first. Accents and a typing error are forgiven.',
          tags,
          querystring: Type.Object({
            q: Type.String({ minLength: 1, maxLength: 200 }),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 10 })),
          }),
          response: {
            200: Type.Object({ items: Type.Array(Completion) }, { examples: [{ items: [completionExample] }] }),
          },
        },
        config: { permission: 'contacts:read', errors: nextcloudErrors },
      },
      async ({ actor, query }) => ({ items: await autocomplete.complete(actor, query.q, query.limit ?? 10) }),
    )

    http.get(
      '/suggestions',
      {
        schema: {
          summary: 'People whom you wrote to and who are no contacts of yours',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(Suggestion) } },
        },
        config: { permission: 'contacts:read' },
      },
      ({ actor, query }) => suggestions.list(actor, { limit: query.limit ?? 50, cursor: query.cursor }),
    )

    http.post(
      '/suggestions/:email/acceptance',
      {
        schema: {
          summary: 'Make a contact of a suggestion',
          ...{ tags, params: SuggestionParams, body: AcceptanceBody, response: { 201: Contact } },
        },
        config: {
          permission: 'contacts:write',
          errors: withErrors(nextcloudErrors, { 403: ['contacts.book_read_only'], 409: ['contacts.already_exists'] }),
        },
      },
      async ({ actor, params, body }, reply) =>
        reply.code(201).send(await suggestions.accept(actor, params.email, body.book_id)),
    )

    http.delete(
      '/suggestions/:email',
      {
        schema: {
          summary: 'Dismiss a suggestion: it is neither suggested nor completed any more',
          ...{
            tags,
            params: SuggestionParams,
            response: { 204: Type.Null({ description: 'It does not come again.' }) },
          },
        },
        config: { permission: 'contacts:write' },
      },
      async ({ actor, params }, reply) => {
        await suggestions.dismiss(actor, params.email)
        return reply.code(204).send(null)
      },
    )
  }
}
