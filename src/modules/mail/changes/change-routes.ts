import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Id, MessageParams, MessageSummary } from '../reading/wire.ts'
import type { MessageChanges } from './message-changes.ts'

const Change = Type.Object(
  {
    is_read: Type.Optional(Type.Boolean()),
    is_starred: Type.Optional(Type.Boolean()),
    is_pinned: Type.Optional(Type.Boolean({ description: 'Known here alone, not to the mail server.' })),
    folder_id: Type.Optional(
      Type.String({ ...Id, description: 'Moves it there; into another account it goes under another id.' }),
    ),
  },
  { minProperties: 1, description: 'What is left out stays as it is.' },
)

export function changeRoutes(changes: MessageChanges): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.patch(
      '/messages/:message_id',
      {
        schema: {
          summary: 'Mark a message read, starred or pinned, or move it; seen at once, then written to the mail server',
          tags: ['mail'],
          params: MessageParams,
          body: Change,
          response: { 200: MessageSummary },
        },
        config: {
          permission: 'mail:write',
          errors: { 422: ['mail.folder_not_selectable'] },
        },
      },
      ({ ownerId, params, body }) =>
        changes.change(ownerId, params.message_id, {
          isRead: body.is_read,
          isStarred: body.is_starred,
          isPinned: body.is_pinned,
          folderId: body.folder_id,
        }),
    )

    http.delete(
      '/messages/:message_id',
      {
        schema: {
          summary: 'Delete a message for good: one that lies in Trash or Junk, or any when you say so',
          description:
            'It is gone for you at once, and from the mail server when the time in which it can be taken back is over. ' +
            'To put a message into Trash, move it there: a request that is repeated then never deletes for good.',
          tags: ['mail'],
          params: MessageParams,
          querystring: Type.Object({
            is_permanent: Type.Optional(
              Type.Boolean({ enum: [true], description: '`true`: wherever the message lies.' }),
            ),
          }),
          response: { 204: Type.Null({ description: 'Gone for you; the mail server follows.' }) },
        },
        config: { permission: 'mail:write', errors: { 409: ['mail.not_in_trash'] } },
      },
      async ({ ownerId, params, query }, reply) => {
        await changes.delete(ownerId, params.message_id, { isPermanent: query.is_permanent === true })
        return reply.code(204).send(null)
      },
    )
  }
}
