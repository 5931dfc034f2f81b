import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Id, MessageParams, MessageSummary } from '../reading/wire.ts'
import type { MessageChanges } from './message-changes.ts'

const Change = Type.Object(
  {
    is_read: Type.Optional(Type.Boolean()),
    is_starred: Type.Optional(Type.Boolean()),
    folder_id: Type.Optional(Type.String({ ...Id, description: 'Moves the message there.' })),
  },
  { minProperties: 1, description: 'What is left out stays as it is.' },
)

export function changeRoutes(changes: MessageChanges): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.patch(
      '/messages/:message_id',
      {
        schema: {
          summary: 'Mark a message read or starred, or move it; seen at once, then written to the mail server',
          tags: ['mail'],
          params: MessageParams,
          body: Change,
          response: { 200: MessageSummary },
        },
        config: {
          permission: 'mail:write',
          errors: { 422: ['mail.folder_of_other_account', 'mail.folder_not_selectable'] },
        },
      },
      ({ ownerId, params, body }) =>
        changes.change(ownerId, params.message_id, {
          isRead: body.is_read,
          isStarred: body.is_starred,
          folderId: body.folder_id,
        }),
    )
  }
}
