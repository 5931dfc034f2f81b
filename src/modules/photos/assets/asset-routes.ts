import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { immichErrors } from '#integrations/immich/immich-errors.ts'
import { Asset, AssetChange, AssetIds, AssetParams, anAssetId, BulkChange, IdsBody } from './asset-wire.ts'
import type { Assets, AssetChange as Change } from './assets.ts'

const tags = ['photos']
const read = { permission: 'photos:read', errors: immichErrors } as const
const write = { permission: 'photos:write', errors: immichErrors } as const
const done = (description: string) => ({ 204: Type.Null({ description }) })
const Count = Type.Object({ count: Type.Integer() }, { examples: [{ count: 3 }] })
const Restoration = Type.Object(
  { asset_ids: Type.Optional(AssetIds) },
  { description: 'Without ids, everything.', examples: [{ asset_ids: [anAssetId] }] },
)

export function assetRoutes(assets: Assets): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/assets/:asset_id',
      {
        schema: {
          summary: 'A picture or video: camera, place, people and all',
          ...{ tags, params: AssetParams, response: { 200: Asset } },
        },
        config: read,
      },
      ({ ownerId, params }) => assets.view(ownerId, params.asset_id),
    )

    http.patch(
      '/assets/:asset_id',
      {
        schema: {
          summary: 'Change a picture or video of yours; what is left out stays',
          ...{ tags, params: AssetParams, body: AssetChange, response: { 200: Asset } },
        },
        config: write,
      },
      ({ ownerId, params, body }) => assets.change(ownerId, params.asset_id, body as Change),
    )

    http.patch(
      '/assets',
      {
        schema: {
          summary: 'Make many favourites, or archive them, or take either back',
          ...{ tags, body: BulkChange, response: done('All of them are changed. One that is not yours: none is.') },
        },
        config: write,
      },
      async ({ ownerId, body }, reply) => {
        await assets.changeMany(ownerId, body.asset_ids, body as Change)
        return reply.code(204).send(null)
      },
    )

    http.post(
      '/assets/deletion',
      {
        schema: { summary: 'Delete for good', tags, body: IdsBody, response: done('They are gone, or going.') },
        config: write,
      },
      async ({ ownerId, body }, reply) => {
        await assets.delete(ownerId, body.asset_ids)
        return reply.code(204).send(null)
      },
    )

    http.post(
      '/trash',
      {
        schema: { summary: 'Put into the trash', tags, body: IdsBody, response: done('They lie in the trash.') },
        config: write,
      },
      async ({ ownerId, body }, reply) => {
        await assets.trash(ownerId, body.asset_ids)
        return reply.code(204).send(null)
      },
    )

    http.post(
      '/trash/restoration',
      {
        schema: {
          summary: 'Take out of the trash again',
          ...{ tags, body: Restoration, response: { 200: Count } },
        },
        config: write,
      },
      ({ ownerId, body }) => assets.restore(ownerId, body.asset_ids),
    )

    http.delete(
      '/trash',
      {
        schema: { summary: 'Empty the trash', tags, response: { 200: Count } },
        config: write,
      },
      ({ ownerId }) => assets.emptyTrash(ownerId),
    )
  }
}
