import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { notFound } from '#platform/errors.ts'
import { abandonment } from '#platform/http/abandonment.ts'
import type { Attachments } from './attachments.ts'
import { isShownImageType } from './image-formats.ts'
import type { ImageTokens } from './image-tokens.ts'
import type { RemoteImages } from './remote-images.ts'

export function imageRoutes(deps: {
  tokens: ImageTokens
  attachments: Attachments
  remoteImages: RemoteImages
}): FastifyPluginAsyncTypebox {
  async function open(token: string, signal: AbortSignal): Promise<{ stream: Readable; contentType: string }> {
    const image = deps.tokens.read(token)
    if (!image) throw notFound('image')
    if (image.kind === 'remote') return deps.remoteImages.open(image.ownerId, image.address)
    const file = await deps.attachments.open(image.ownerId, image.messageId, image.part, signal)
    if (isShownImageType(file.contentType)) return file
    file.stream.destroy()
    throw notFound('image')
  }

  return async (http) => {
    http.get(
      '/images/:token',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'An image of a message, by the address that its HTML gives it',
          description:
            'Needs no sign-in: the address itself is the permission, for this image and a day or two. Remote images come from our own copy.',
          tags: ['mail'],
          params: Type.Object({ token: Type.String({ maxLength: 4096 }) }),
          produces: ['image/*'],
          response: { 200: Type.Unsafe<Readable>({ type: 'string', format: 'binary', description: 'The image.' }) },
        },
        config: {
          permission: 'public',
          errors: {
            409: ['mail.message_gone'],
            422: ['mail.remote_image_refused'],
            502: ['upstream_unavailable'],
            503: ['unavailable', 'object_store_unavailable'],
            504: ['upstream_timeout'],
          },
        },
      },
      async ({ params }, reply) => {
        const { stream, contentType } = await open(params.token, abandonment(reply))
        return (
          reply
            .header('content-security-policy', "sandbox; default-src 'none'")
            .header('x-content-type-options', 'nosniff')
            // The frame in which a message is shown has no origin, and so none that could be of the same site.
            .header('cross-origin-resource-policy', 'cross-origin')
            .header('content-disposition', 'inline')
            .header('cache-control', 'private, max-age=86400, immutable')
            .type(contentType)
            .send(stream)
        )
      },
    )
  }
}
