import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { Threads } from './threads.ts'
import { Id, Thread, ThreadSummary } from './wire.ts'

export function threadRoutes(threads: Threads): FastifyPluginAsyncTypebox {
  return async (http) => {
    const tags = ['mail']
    http.get(
      '/threads',
      {
        schema: {
          summary: 'Conversations with a message in a folder, by the newest message there',
          tags,
          querystring: Type.Object({ folder_id: Id, ...pageQuery }),
          response: { 200: page(ThreadSummary) },
        },
        config: { permission: 'mail:read', errors: { 404: ['not_found'] } },
      },
      ({ ownerId, query }) =>
        threads.list(ownerId, query.folder_id, { cursor: query.cursor, limit: query.limit ?? 50 }),
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
