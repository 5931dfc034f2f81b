import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { MessageParams } from '../reading/wire.ts'
import type { MessageViews } from './message-views.ts'
import { Message, RemoteImagesQuery } from './message-wire.ts'

export function messageViewRoutes(messages: MessageViews): FastifyPluginAsyncTypebox {
  return async (http) => {
    const tags = ['mail']
    http.get(
      '/messages/:message_id',
      {
        schema: {
          summary: 'A message with its text, sanitised HTML and list of attachments',
          tags,
          params: MessageParams,
          querystring: RemoteImagesQuery,
          headers: Type.Object({ 'if-none-match': Type.Optional(Type.String()) }),
          response: { 200: Message, 304: Type.Unsafe<undefined>({ description: 'You have this version.' }) },
        },
        config: { permission: 'mail:read' },
      },
      async ({ ownerId, params, query, headers }, reply) => {
        const given = headers['if-none-match']
        const { etag, message } = await messages.view(ownerId, params.message_id, {
          isKnown: given === undefined ? undefined : (known) => namesEtag(given, known),
          withRemoteImages: query.remote_images === true,
        })
        reply.header('etag', etag).header('cache-control', 'private, no-cache')
        return message ?? reply.code(304).send(undefined)
      },
    )
  }
}

/** RFC 9110 §13.1.2: `*`, or a list of which one matches by weak comparison. */
function namesEtag(header: string, etag: string): boolean {
  return header.trim() === '*' || header.split(',').some((named) => named.trim().replace(/^W\//, '') === etag.slice(2))
}
