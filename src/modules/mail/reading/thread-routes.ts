import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { page } from '#platform/http/routes.ts'
import { listQuery } from './list-query-wire.ts'
import type { Threads } from './threads.ts'
import { Id, Thread, ThreadSummary } from './wire.ts'

export function threadRoutes(threads: Threads): FastifyPluginAsyncTypebox {
  return async (http) => {
    const tags = ['mail']
    http.get(
      '/threads',
      {
        schema: {
          summary: 'Conversations with a message in a folder, a role or a label, by the newest message there',
          description:
            'Filters say which messages count: a conversation is listed where its newest matching message stands. A page may be shorter than `limit`, but is never empty before the end: go on until `next_cursor` is null.',
          tags,
          querystring: listQuery,
          response: { 200: page(ThreadSummary) },
        },
        config: { permission: 'mail:read', errors: { 404: ['not_found'] } },
      },
      ({ readableOwnerIds, query }) => threads.list(readableOwnerIds, query),
    )
    http.get(
      '/threads/:thread_id',
      {
        schema: {
          summary: 'A conversation with its messages in all folders, those that were sent included',
          tags,
          params: Type.Object({ thread_id: Id }),
          querystring: Type.Object({
            folder_id: Type.Optional({
              ...Id,
              description: 'Where it was opened. Messages in Trash and Junk are left out unless it was there.',
            }),
          }),
          response: { 200: Thread },
        },
        config: { permission: 'mail:read', errors: { 404: ['not_found'] } },
      },
      ({ ownerId, params, query }) => threads.view(ownerId, params.thread_id, query.folder_id),
    )
  }
}
