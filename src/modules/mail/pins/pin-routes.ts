import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { page, pageQuery } from '#platform/http/routes.ts'
import { Id, MessageSummary } from '../reading/wire.ts'
import type { Pins } from './pins.ts'

export function pinRoutes(pins: Pins): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/pins',
      {
        schema: {
          summary: 'Pinned messages of all folders or of one, those pinned last first',
          tags: ['mail'],
          querystring: Type.Object({ ...pageQuery, folder_id: Type.Optional(Id) }),
          response: { 200: page(MessageSummary) },
        },
        config: { permission: 'mail:read', errors: { 404: ['not_found'] } },
      },
      ({ ownerId, query }) =>
        pins.list(ownerId, { folderId: query.folder_id, cursor: query.cursor, limit: query.limit ?? 50 }),
    )
  }
}
