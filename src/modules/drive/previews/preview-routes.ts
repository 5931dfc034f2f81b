import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { abandonment } from '#platform/http/abandonment.ts'
import { ItemParams } from '../items/item-wire.ts'
import { type PreviewRequest, type Previews, previewFits, previewSizes } from './previews.ts'

const Query = Type.Object({
  size: Type.Optional(
    Type.Integer({ enum: [...previewSizes], default: 256, description: 'The longer side, in pixels.' }),
  ),
  fit: Type.Optional(
    Type.String({ enum: [...previewFits], default: 'contain', description: '`cover` cuts off what is not square.' }),
  ),
})

export function previewRoutes(previews: Previews): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/items/:item_id/preview',
      {
        schema: {
          summary: 'A small picture of a file',
          tags: ['drive'],
          ...{ params: ItemParams, querystring: Query },
          headers: Type.Object({ 'if-none-match': Type.Optional(Type.String({ maxLength: 1000 })) }),
          response: {
            200: {
              description: 'The picture.',
              content: { 'image/*': { schema: Type.Unsafe<Buffer>({ type: 'string', format: 'binary' }) } },
            },
            304: Type.Null({ description: 'It is what If-None-Match says.' }),
          },
        },
        config: {
          permission: 'drive:read',
          errors: withErrors(nextcloudErrors, { 404: ['drive.no_preview'], 503: ['object_store_unavailable'] }),
        },
      },
      async ({ ownerId, params, query, headers }, reply) => {
        const { etag, contentType, content } = await previews.get(ownerId, params.item_id, {
          size: (query.size ?? 256) as PreviewRequest['size'],
          fit: (query.fit ?? 'contain') as PreviewRequest['fit'],
          ifNoneMatch: headers['if-none-match'],
          signal: abandonment(reply),
        })
        reply.header('etag', etag).header('cache-control', 'private, max-age=300')
        if (!content) return reply.code(304).send(null)
        return reply.type(contentType).header('content-security-policy', "sandbox; default-src 'none'").send(content)
      },
    )
  }
}
