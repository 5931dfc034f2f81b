import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { Folders } from './folders.ts'
import { Folder, Id } from './wire.ts'

const maxFolders = 1000

export function folderRoutes(folders: Folders): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/folders',
      {
        schema: {
          summary: 'Folders with their counts: inbox, drafts, sent, archive, junk, trash, then by path',
          tags: ['mail'],
          querystring: Type.Object({
            ...pageQuery,
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxFolders, default: maxFolders })),
            mail_account_id: Type.Optional(Id),
          }),
          response: { 200: page(Folder) },
        },
        config: { permission: 'mail:read', errors: { 404: ['not_found'] } },
      },
      ({ readableOwnerIds, query }) =>
        folders.list(readableOwnerIds, {
          mailAccountId: query.mail_account_id,
          cursor: query.cursor,
          limit: query.limit ?? maxFolders,
        }),
    )
  }
}
