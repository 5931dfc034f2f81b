import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Id } from '../reading/wire.ts'
import type { BulkActs } from './bulk-acts.ts'
import { BulkActAnswer, bulkActAnswerOf } from './bulk-wire.ts'

export function bulkRoutes(bulkActs: BulkActs): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  const FolderParams = Type.Object({ folder_id: Id })
  return async (http) => {
    http.put(
      '/folders/:folder_id/read',
      {
        schema: {
          summary: 'Mark all messages of a folder read',
          description:
            'The newest thousand at once, the others in the background; what arrives meanwhile stays unread.',
          ...{ tags, params: FolderParams, response: { 202: BulkActAnswer } },
        },
        config: { permission: 'mail:write' },
      },
      async ({ ownerId, params }, reply) =>
        reply.code(202).send(bulkActAnswerOf(await bulkActs.readFolder(ownerId, params.folder_id))),
    )

    http.delete(
      '/folders/:folder_id/messages',
      {
        schema: {
          summary: 'Empty Trash or Junk: its messages are deleted for good',
          description:
            'They are gone for you at once, and from the mail server when the time in which it can be taken back is over.',
          ...{ tags, params: FolderParams, response: { 202: BulkActAnswer } },
        },
        config: { permission: 'mail:write', errors: { 409: ['mail.folder_not_emptiable'] } },
      },
      async ({ ownerId, params }, reply) =>
        reply.code(202).send(bulkActAnswerOf(await bulkActs.emptyFolder(ownerId, params.folder_id))),
    )

    http.get(
      '/bulk-acts/:bulk_act_id',
      {
        schema: {
          summary: 'How far an act on very many messages is',
          ...{ tags, params: Type.Object({ bulk_act_id: Id }), response: { 200: BulkActAnswer } },
        },
        config: { permission: 'mail:read' },
      },
      async ({ ownerId, params }) => bulkActAnswerOf(await bulkActs.find(ownerId, params.bulk_act_id)),
    )
  }
}
