import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { Messages } from './messages.ts'
import { Id, Message, MessageParams, MessageSummary } from './wire.ts'

const onlyTrue = (description: string) => Type.Optional(Type.Boolean({ enum: [true], description }))

export function messageRoutes(messages: Messages): FastifyPluginAsyncTypebox {
  return async (http) => {
    const tags = ['mail']
    http.get(
      '/messages',
      {
        schema: {
          summary: 'Messages of a folder, newest first',
          tags,
          querystring: Type.Object({
            folder_id: Id,
            is_unread: onlyTrue('`true`: only what is unread.'),
            is_starred: onlyTrue('`true`: only what is starred.'),
            ...pageQuery,
          }),
          response: { 200: page(MessageSummary) },
        },
        config: { permission: 'mail:read', errors: { 404: ['not_found'] } },
      },
      ({ ownerId, query }) =>
        messages.list(ownerId, query.folder_id, {
          filter: { isUnread: query.is_unread === true, isStarred: query.is_starred === true },
          cursor: query.cursor,
          limit: query.limit ?? 50,
        }),
    )
    http.get(
      '/messages/:message_id',
      {
        schema: {
          summary: 'A message with its text, sanitised HTML and list of attachments',
          tags,
          params: MessageParams,
          headers: Type.Object({ 'if-none-match': Type.Optional(Type.String()) }),
          response: { 200: Message, 304: Type.Unsafe<undefined>({ description: 'You have this version.' }) },
        },
        config: { permission: 'mail:read' },
      },
      async ({ ownerId, params, headers }, reply) => {
        const isKnown = (etag: string) => namesEtag(headers['if-none-match'], etag)
        const { etag, message } = await messages.view(ownerId, params.message_id, isKnown)
        reply.header('etag', etag).header('cache-control', 'private, no-cache')
        return message ?? reply.code(304).send(undefined)
      },
    )
  }
}

/** RFC 9110 §13.1.2: `*`, or a list of which one matches by weak comparison. */
function namesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || header.split(',').some((named) => named.trim().replace(/^W\//, '') === etag.slice(2))
}
