import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { BookParams } from '../contact/contact-wire.ts'
import type { BookSettings, Books } from './books.ts'

const tags = ['contacts']
const Share = Type.Object({
  user: Type.String({ description: 'Their name at Nextcloud.' }),
  access: Type.String({ enum: ['read', 'read_write'] }),
})
const Book = Type.Object(
  {
    id: Type.String({ description: 'Part of the addresses of what is in it.' }),
    name: Type.String(),
    description: Type.String(),
    is_read_only: Type.Boolean(),
    shared_by: Type.Union([Type.String(), Type.Null()], { description: 'Whose it is, by their name at Nextcloud.' }),
    shares: Type.Array(Share, { description: 'Who else sees it.' }),
  },
  {
    examples: [
      {
        ...{ id: 'contacts', name: 'Contacts', description: '', is_read_only: false, shared_by: null },
        shares: [{ user: 'bob', access: 'read' }],
      },
    ],
  },
)
const name = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' })
const NewBookBody = Type.Object(
  { name, description: Type.Optional(Type.String({ maxLength: 1000 })) },
  { examples: [{ name: 'Family' }] },
)
const BookChangeBody = Type.Object(
  { name: Type.Optional(name), description: Type.Optional(Type.String({ maxLength: 1000 })) },
  { minProperties: 1, examples: [{ name: 'Family and friends' }] },
)
const ShareParams = Type.Object({
  book_id: Type.String({ minLength: 1, maxLength: 200 }),
  user: Type.String({ minLength: 1, maxLength: 200, description: 'Their name at Nextcloud.' }),
})
const ShareBody = Type.Object(
  { access: Type.String({ enum: ['read', 'read_write'] }) },
  { examples: [{ access: 'read' }] },
)

export function bookRoutes(books: Books): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/',
      {
        schema: {
          summary: 'Your address books, and those that others share with you',
          ...{ tags, response: { 200: Type.Object({ items: Type.Array(Book) }) } },
        },
        config: { permission: 'contacts:read', errors: nextcloudErrors },
      },
      ({ actor }) => books.list(actor),
    )

    http.post(
      '/',
      {
        schema: {
          summary: 'Make an address book',
          tags,
          headers: idempotencyHeaders,
          body: NewBookBody,
          response: { 201: Book },
        },
        config: {
          permission: 'contacts:write',
          errors: withErrors(nextcloudErrors, { 409: ['already_exists'], 422: ['idempotency_key_reused'] }),
        },
      },
      async ({ actor, body, headers }, reply) =>
        reply.code(201).send(await books.create(actor, body, headers['idempotency-key'])),
    )

    http.get(
      '/:book_id',
      {
        schema: { summary: 'An address book', tags, params: BookParams, response: { 200: Book } },
        config: { permission: 'contacts:read', errors: nextcloudErrors },
      },
      ({ actor, params }) => books.view(actor, params.book_id),
    )

    http.patch(
      '/:book_id',
      {
        schema: {
          summary: 'Rename an address book, or describe it',
          ...{ tags, params: BookParams, body: BookChangeBody, response: { 200: Book } },
        },
        config: { permission: 'contacts:write', errors: nextcloudErrors },
      },
      ({ actor, params, body }) => books.change(actor, params.book_id, body as BookSettings),
    )

    http.delete(
      '/:book_id',
      {
        schema: {
          summary: 'Delete an address book with all that is in it; one that is shared with you you only see no more',
          ...{ tags, params: BookParams, response: { 204: Type.Null({ description: 'It is gone.' }) } },
        },
        config: { permission: 'contacts:write', errors: nextcloudErrors },
      },
      async ({ actor, params }, reply) => {
        await books.delete(actor, params.book_id)
        return reply.code(204).send(null)
      },
    )

    http.put(
      '/:book_id/shares/:user',
      {
        schema: {
          summary: 'Let somebody of this Nextcloud see an address book of yours, or write to it',
          ...{ tags, params: ShareParams, body: ShareBody, response: { 200: Book } },
        },
        config: {
          permission: 'contacts:write',
          errors: withErrors(nextcloudErrors, { 403: ['contacts.not_your_book'], 422: ['contacts.unknown_user'] }),
        },
      },
      ({ actor, params, body }) =>
        books.share(actor, params.book_id, params.user, body.access as 'read' | 'read_write'),
    )

    http.delete(
      '/:book_id/shares/:user',
      {
        schema: {
          summary: 'Share an address book with somebody no more',
          ...{ tags, params: ShareParams, response: { 204: Type.Null({ description: 'They see it no more.' }) } },
        },
        config: {
          permission: 'contacts:write',
          errors: withErrors(nextcloudErrors, { 403: ['contacts.not_your_book'] }),
        },
      },
      async ({ actor, params }, reply) => {
        await books.unshare(actor, params.book_id, params.user)
        return reply.code(204).send(null)
      },
    )
  }
}
