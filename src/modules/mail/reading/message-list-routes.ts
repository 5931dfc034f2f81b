import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { page } from '#platform/http/routes.ts'
import { listQuery } from './list-query-wire.ts'
import type { MessageLists } from './message-lists.ts'
import { MessageSummary } from './wire.ts'

export function messageListRoutes(messages: MessageLists): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/messages',
      {
        schema: {
          summary: 'Messages of a folder, of a role in all accounts, or of a label, newest first',
          description:
            'A page may be shorter than `limit`, but is never empty before the end: go on until `next_cursor` is null.',
          tags: ['mail'],
          querystring: listQuery,
          response: { 200: page(MessageSummary) },
        },
        config: { permission: 'mail:read', errors: { 404: ['not_found'] } },
      },
      ({ readableOwnerIds, query }) => messages.list(readableOwnerIds, query),
    )
  }
}
