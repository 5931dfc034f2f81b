import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { takeBodiesAsTheyAre } from '#platform/http/raw-bodies.ts'
import { Contact, ContactParams, contactAddress } from '../contact/contact-wire.ts'
import { maxPhotoBytes, type Photos } from './photos.ts'

const tags = ['contacts']
const address = `${contactAddress}/photo`
const mediaTypes = ['image/webp', 'image/svg+xml']
const Query = Type.Object({
  size: Type.Optional(
    Type.Integer({ minimum: 16, maximum: 512, default: 256, description: 'Its width and height in pixels.' }),
  ),
})
const Headers = Type.Object({ 'if-none-match': Type.Optional(Type.String({ maxLength: 1000 })) })

export function photoRoutes(photos: Photos): FastifyPluginAsyncTypebox {
  return async (http) => {
    await http.register(uploadRoutes(photos))

    http.get(
      address,
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'The photo of a contact, or a picture of its initials',
          ...{ tags, params: ContactParams, querystring: Query, headers: Headers, produces: mediaTypes },
          response: {
            200: Type.Unsafe<Readable>({
              type: 'string',
              format: 'binary',
              description: 'A square picture, made anew.',
            }),
            304: Type.Null({ description: 'You have this very one.' }),
          },
        },
        config: { permission: 'contacts:read', errors: nextcloudErrors },
      },
      async ({ actor, params, query, headers }, reply) => {
        const wanted = { size: query.size ?? 256, ifNoneMatch: headers['if-none-match'] }
        const photo = await photos.view(actor, params, wanted)
        reply.header('etag', photo.etag).header('cache-control', 'private, no-cache')
        if (photo.content === undefined) return reply.code(304).send(null)
        return reply
          .header('content-security-policy', "default-src 'none'; sandbox")
          .header('x-content-type-options', 'nosniff')
          .type(photo.mediaType)
          .send(photo.content as unknown as Readable)
      },
    )

    http.delete(
      address,
      {
        schema: {
          summary: 'Take the photo of a contact away',
          ...{ tags, params: ContactParams, headers: conditionalHeaders, response: { 200: Contact } },
        },
        config: {
          permission: 'contacts:write',
          errors: withErrors(nextcloudErrors, { 403: ['contacts.book_read_only'], 412: ['etag_mismatch'] }),
        },
      },
      async ({ actor, params, headers }, reply) => {
        const contact = await photos.remove(actor, params, headers['if-match'])
        return reply.header('etag', contact.etag).send(contact)
      },
    )
  }
}

function uploadRoutes(photos: Photos): FastifyPluginAsyncTypebox {
  return async (http) => {
    takeBodiesAsTheyAre(http)
    http.put(
      address,
      {
        bodyLimit: maxPhotoBytes + 1024,
        schema: {
          summary: 'Give a contact a photo: the bytes of a picture',
          description: 'JPEG, PNG, WebP, GIF or AVIF, at most 8 MiB; what is kept is at most 512 pixels wide and high.',
          ...{
            tags,
            params: ContactParams,
            headers: conditionalHeaders,
            consumes: ['image/jpeg', 'image/png', 'image/webp'],
          },
          body: Type.Unsafe<Readable>({ type: 'string', format: 'binary' }),
          response: { 200: Contact },
        },
        config: {
          isUpload: true,
          permission: 'contacts:write',
          errors: withErrors(nextcloudErrors, {
            403: ['contacts.book_read_only'],
            412: ['etag_mismatch'],
            422: ['contacts.photo_unreadable', 'contacts.photo_too_large'],
          }),
        },
      },
      async ({ actor, params, headers, raw }, reply) => {
        const contact = await photos.replace(actor, params, raw, headers['if-match'])
        return reply.header('etag', contact.etag).send(contact)
      },
    )
  }
}
