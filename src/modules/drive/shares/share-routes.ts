import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import type { Transact } from '#platform/database/database.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { answerOnce } from '../changes/repeats.ts'
import { itemId } from '../items/item-wire.ts'
import {
  ChangeShareBody,
  changeOf,
  NewShareBody,
  newShareOf,
  ShareBody,
  ShareeBody,
  ShareParams,
  showShare,
} from './share-wire.ts'
import type { Shares } from './shares.ts'

const tags = ['drive']
const ListQuery = Type.Object({
  direction: Type.Optional(
    Type.String({
      enum: ['outgoing', 'incoming'],
      default: 'outgoing',
      description: '`outgoing`: what you share. `incoming`: what others share with you.',
    }),
  ),
  item_id: Type.Optional(itemId),
  ...pageQuery,
})
const ShareesQuery = Type.Object({
  q: Type.String({ minLength: 1, maxLength: 100, description: 'Part of a name or an address.' }),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
})
const errors = withErrors(nextcloudErrors, {
  403: ['drive.outside_sharing_forbidden'],
  422: ['drive.share_refused', 'idempotency_key_reused'],
})

type Deps = { shares: Shares; transact: Transact; publicUrl: string }

export function shareRoutes({ shares, transact, publicUrl }: Deps): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/shares',
      {
        schema: {
          summary: 'What is shared, the newest first',
          ...{ tags, querystring: ListQuery, response: { 200: page(ShareBody) } },
        },
        config: { permission: 'drive:read', errors: nextcloudErrors },
      },
      async ({ ownerId, query }) => {
        const { item_id: id, limit = 50, cursor } = query
        const direction = query.direction === 'incoming' ? 'incoming' : 'outgoing'
        const { items, nextCursor } = await shares.page(ownerId, { direction, itemId: id, limit, cursor })
        return { items: items.map((share) => showShare(share, publicUrl)), next_cursor: nextCursor }
      },
    )

    http.post(
      '/shares',
      {
        schema: {
          summary: 'Share a file or a folder with a person, a group or, by a link, with anybody',
          ...{ tags, headers: idempotencyHeaders, body: NewShareBody, response: { 201: ShareBody } },
        },
        config: { permission: 'drive:write', errors },
      },
      async ({ ownerId, body, headers }, reply) => {
        // What is kept to compare a repeated request with is a hash.
        const request = { ownerId, scope: 'drive.shares', key: headers['idempotency-key'], body }
        const made = await answerOnce(transact, request, async () =>
          showShare(await shares.create(ownerId, newShareOf(body)), publicUrl),
        )
        return reply.code(201).send(made)
      },
    )

    http.get(
      '/shares/:share_id',
      {
        schema: { summary: 'A share', tags, params: ShareParams, response: { 200: ShareBody } },
        config: { permission: 'drive:read', errors: nextcloudErrors },
      },
      async ({ ownerId, params }) => showShare(await shares.get(ownerId, params.share_id), publicUrl),
    )

    http.patch(
      '/shares/:share_id',
      {
        schema: {
          summary: 'Change what a share allows; what is left out stays',
          ...{ tags, params: ShareParams, body: ChangeShareBody, response: { 200: ShareBody } },
        },
        config: { permission: 'drive:write', errors },
      },
      async ({ ownerId, params, body }) =>
        showShare(await shares.change(ownerId, params.share_id, changeOf(body)), publicUrl),
    )

    http.delete(
      '/shares/:share_id',
      {
        schema: {
          summary: 'Share it no more, or leave what somebody shares with you',
          ...{ tags, params: ShareParams, response: { 204: Type.Null() } },
        },
        config: { permission: 'drive:write', errors: nextcloudErrors },
      },
      async ({ ownerId, params }, reply) => {
        await shares.revoke(ownerId, params.share_id)
        return reply.code(204).send(null)
      },
    )

    http.get(
      '/sharees',
      {
        schema: {
          summary: 'People and groups to share with',
          ...{ tags, querystring: ShareesQuery, response: { 200: Type.Object({ items: Type.Array(ShareeBody) }) } },
        },
        config: { permission: 'drive:read', errors: nextcloudErrors },
      },
      async ({ ownerId, query }) => ({ items: await shares.sharees(ownerId, query.q, query.limit ?? 20) }),
    )
  }
}
