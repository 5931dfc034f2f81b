import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { CardDraft } from '../card/card.ts'
import { CardPatchBody, NewCardBody } from '../card/card-wire.ts'
import { BookParams, Contact, ContactParams, contactAddress } from './contact-wire.ts'
import type { Contacts, ListQuery } from './contacts.ts'

const tags = ['contacts']
const readOnly = { 403: ['contacts.book_read_only'] }
const stale = { 412: ['etag_mismatch'] }

const ListQuerySchema = Type.Object({
  ...pageQuery,
  q: Type.Optional(
    Type.String({ maxLength: 200, description: 'Beginnings of words: names, organisations, addresses.' }),
  ),
  category: Type.Optional(Type.String({ maxLength: 200 })),
  group: Type.Optional(
    Type.String({ maxLength: 500, description: 'The uid of a contact of kind group: who is in it.' }),
  ),
  kind: Type.Optional(Type.String({ maxLength: 40 })),
  sort: Type.Optional(
    Type.String({
      enum: ['name', 'changed'],
      default: 'name',
      description: 'name: surnames first, as your locale sorts. changed: what changed last comes first.',
    }),
  ),
})

export function contactRoutes(contacts: Contacts): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/:book_id/contacts',
      {
        schema: {
          summary: 'The contacts of an address book',
          ...{ tags, params: BookParams, querystring: ListQuerySchema, response: { 200: page(Contact) } },
        },
        config: { permission: 'contacts:read', errors: nextcloudErrors },
      },
      ({ actor, params, query }) =>
        contacts.list(actor, params.book_id, { ...query, limit: query.limit ?? 50 } as ListQuery),
    )

    http.post(
      '/:book_id/contacts',
      {
        schema: {
          summary: 'Make a contact',
          description: 'The full name is made from the parts of the name where it is left out.',
          ...{ tags, params: BookParams, headers: idempotencyHeaders, body: NewCardBody, response: { 201: Contact } },
        },
        config: {
          permission: 'contacts:write',
          errors: withErrors(nextcloudErrors, readOnly, {
            409: ['contacts.already_exists'],
            422: ['idempotency_key_reused'],
          }),
        },
      },
      async ({ actor, params, body, headers }, reply) => {
        const made = await contacts.create(actor, params.book_id, body as CardDraft, headers['idempotency-key'])
        return reply.code(201).header('etag', made.etag).send(made)
      },
    )

    http.get(
      contactAddress,
      {
        schema: { summary: 'A contact', tags, params: ContactParams, response: { 200: Contact } },
        config: { permission: 'contacts:read', errors: nextcloudErrors },
      },
      async ({ actor, params }, reply) => {
        const contact = await contacts.view(actor, params)
        return reply.header('etag', contact.etag).send(contact)
      },
    )

    http.put(
      contactAddress,
      {
        schema: {
          summary: 'Replace a contact; what its vCard has beside this stays',
          ...{
            tags,
            params: ContactParams,
            headers: conditionalHeaders,
            body: NewCardBody,
            response: { 200: Contact },
          },
        },
        config: { permission: 'contacts:write', errors: withErrors(nextcloudErrors, readOnly, stale) },
      },
      async ({ actor, params, body, headers }, reply) => {
        const contact = await contacts.replace(actor, params, body as CardDraft, headers['if-match'])
        return reply.header('etag', contact.etag).send(contact)
      },
    )

    http.patch(
      contactAddress,
      {
        schema: {
          summary: 'Change a contact by a merge patch: null takes away, what is left out stays',
          ...{
            tags,
            params: ContactParams,
            headers: conditionalHeaders,
            body: CardPatchBody,
            response: { 200: Contact },
          },
        },
        config: { permission: 'contacts:write', errors: withErrors(nextcloudErrors, readOnly, stale) },
      },
      async ({ actor, params, body, headers }, reply) => {
        const contact = await contacts.patch(actor, params, body as object, headers['if-match'])
        return reply.header('etag', contact.etag).send(contact)
      },
    )

    http.delete(
      contactAddress,
      {
        schema: {
          summary: 'Delete a contact',
          ...{ tags, params: ContactParams, headers: conditionalHeaders },
          response: { 204: Type.Null({ description: 'It is gone.' }) },
        },
        config: { permission: 'contacts:write', errors: withErrors(nextcloudErrors, readOnly, stale) },
      },
      async ({ actor, params, headers }, reply) => {
        await contacts.delete(actor, params, headers['if-match'])
        return reply.code(204).send(null)
      },
    )
  }
}
