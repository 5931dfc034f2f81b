import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { Folder, FolderSyncPolicy, Id } from '../reading/wire.ts'
import type { FolderChanges } from './folder-changes.ts'

const FolderParams = Type.Object({ folder_id: Id })
const Name = Type.String({ minLength: 1, maxLength: 255, description: 'At most 255 bytes, without the delimiter.' })
const ParentId = Type.Union([Id, Type.Null()], { description: 'The folder in which it is to lie; null: at the top.' })

const NewFolderBody = Type.Object({ mail_account_id: Id, name: Name, parent_id: Type.Optional(ParentId) })

const FolderChangeBody = Type.Object(
  {
    name: Type.Optional(Name),
    parent_id: Type.Optional(ParentId),
    is_subscribed: Type.Optional(Type.Boolean()),
    sync: Type.Optional(FolderSyncPolicy),
  },
  { minProperties: 1, description: 'What is left out stays as it is.' },
)

const nameCodes = ['mail.folder_name_invalid', 'mail.folders_are_flat'] as const

export function folderChangeRoutes(changes: FolderChanges): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  return async (http) => {
    http.post(
      '/folders',
      {
        schema: {
          summary: 'Make a folder; seen at once, then made on the mail server',
          ...{ tags, headers: idempotencyHeaders, body: NewFolderBody, response: { 201: Folder } },
        },
        config: {
          permission: 'mail:write',
          errors: {
            404: ['not_found'],
            409: ['mail.folder_exists', 'mail.account_not_synced'],
            422: [...nameCodes, 'idempotency_key_reused'],
          },
        },
      },
      async ({ ownerId, body, headers }, reply) => {
        const answer = await changes.create(ownerId, body, headers['idempotency-key'])
        return reply.code(201).send(answer.body)
      },
    )

    http.patch(
      '/folders/:folder_id',
      {
        schema: {
          summary: 'Rename or move a folder, subscribe to it, or say how much of it is synced',
          ...{ tags, params: FolderParams, body: FolderChangeBody, response: { 200: Folder } },
        },
        config: {
          permission: 'mail:write',
          errors: {
            409: ['mail.folder_is_special', 'mail.folder_exists'],
            422: [...nameCodes, 'mail.folder_inside_itself'],
          },
        },
      },
      ({ ownerId, params, body }) => changes.change(ownerId, params.folder_id, body),
    )

    http.delete(
      '/folders/:folder_id',
      {
        schema: {
          summary: 'Delete a folder and the messages in it for good, here and on the mail server',
          ...{ tags, params: FolderParams },
          response: { 204: Type.Null({ description: 'Gone for you; the mail server follows.' }) },
        },
        config: {
          permission: 'mail:write',
          errors: { 409: ['mail.folder_is_special', 'mail.folder_has_children'] },
        },
      },
      async ({ ownerId, params }, reply) => {
        await changes.delete(ownerId, params.folder_id)
        return reply.code(204).send(null)
      },
    )
  }
}
