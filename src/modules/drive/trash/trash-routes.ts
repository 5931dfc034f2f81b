import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { ItemBody, showItem } from '../items/item-wire.ts'
import { type Trash, type Trashed, trashIdOf } from './trash.ts'

const tags = ['drive']
const trashId = Type.String({
  minLength: 1,
  maxLength: 800,
  pattern: '^[A-Za-z0-9_-]+$',
  examples: ['UGxhbi5wZGYuZDE3MDA'],
})
const TrashParams = Type.Object({ trash_id: trashId })
const TrashBody = Type.Object(
  {
    ...{ trash_id: trashId, name: Type.String(), type: Type.String({ enum: ['file', 'folder'] }) },
    path: Type.String({ description: 'Where it was.' }),
    ...{ size_bytes: Type.Integer(), content_type: Type.Union([Type.String(), Type.Null()]) },
    deleted_at: Type.String({ format: 'date-time' }),
  },
  {
    examples: [
      {
        ...{ trash_id: 'b2xkLnR4dC5kMTc0ODAwMDAwMA', name: 'old.txt', type: 'file', path: '/Notes/old.txt' },
        ...{ size_bytes: 120, content_type: 'text/plain', deleted_at: '2026-05-23T11:33:20.000Z' },
      },
    ],
  },
)

const show = (one: Trashed) => ({
  ...{ trash_id: trashIdOf(one.trashName), name: one.name, type: one.isFolder ? 'folder' : 'file', path: one.path },
  ...{ size_bytes: one.size, content_type: one.contentType, deleted_at: one.deletedAt.toISOString() },
})

export function trashRoutes(trash: Trash): FastifyPluginAsyncTypebox {
  const errors = withErrors(nextcloudErrors, { 400: ['invalid_path'] })
  return async (http) => {
    http.get(
      '/trash',
      {
        schema: {
          summary: 'What was deleted and can be had back, the last deleted first',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(TrashBody) } },
        },
        config: { permission: 'drive:read', errors },
      },
      async ({ ownerId, query }) => {
        const { items, nextCursor } = await trash.page(ownerId, { limit: query.limit ?? 50, cursor: query.cursor })
        return { items: items.map(show), next_cursor: nextCursor }
      },
    )

    http.post(
      '/trash/:trash_id/restore',
      {
        schema: {
          summary: 'Put it back to where it was, or to the top where that folder is gone',
          ...{ tags, params: TrashParams, response: { 200: ItemBody } },
        },
        config: { permission: 'drive:write', errors },
      },
      async ({ ownerId, params }) => showItem(await trash.restore(ownerId, params.trash_id)),
    )

    http.delete(
      '/trash/:trash_id',
      {
        schema: { summary: 'Delete it for good', tags, params: TrashParams, response: { 204: Type.Null() } },
        config: { permission: 'drive:write', errors },
      },
      async ({ ownerId, params }, reply) => {
        await trash.delete(ownerId, params.trash_id)
        return reply.code(204).send(null)
      },
    )

    http.delete(
      '/trash',
      {
        schema: { summary: 'Delete all of the trash for good', tags, response: { 204: Type.Null() } },
        config: { permission: 'drive:write', errors },
      },
      async ({ ownerId }, reply) => {
        await trash.empty(ownerId)
        return reply.code(204).send(null)
      },
    )
  }
}
