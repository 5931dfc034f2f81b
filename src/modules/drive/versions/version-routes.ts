import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { DownloadQuery, downloadErrors, requestOf, sendFile } from '../content/download-wire.ts'
import { ItemBody, ItemParams, itemId, showItem } from '../items/item-wire.ts'
import type { Version, Versions } from './versions.ts'

const tags = ['drive']
const version = Type.String({ pattern: '^[0-9]{1,15}$', examples: ['1747990800'] })
const VersionParams = Type.Object({ item_id: itemId, version })
const VersionBody = Type.Object({
  ...{ version, size_bytes: Type.Integer(), modified_at: Type.String({ format: 'date-time' }) },
  is_current: Type.Boolean({ description: 'What is in the file now.' }),
})
const List = Type.Object(
  { items: Type.Array(VersionBody) },
  {
    examples: [
      {
        items: [{ version: '1748000000', size_bytes: 812, modified_at: '2025-05-23T11:33:20.000Z', is_current: true }],
      },
    ],
  },
)
const Bytes = Type.Unsafe<Readable>({ type: 'string', format: 'binary' })

const show = ({ id, size, modifiedAt, isCurrent }: Version) => ({
  ...{ version: id, size_bytes: size, modified_at: modifiedAt.toISOString(), is_current: isCurrent },
})

export function versionRoutes(versions: Versions): FastifyPluginAsyncTypebox {
  const errors = withErrors(nextcloudErrors, { 409: ['drive.is_folder'] })
  return async (http) => {
    http.get(
      '/items/:item_id/versions',
      {
        schema: {
          summary: 'What stood in a file before, the newest first',
          ...{ tags, params: ItemParams, response: { 200: List } },
        },
        config: { permission: 'drive:read', errors },
      },
      async ({ ownerId, params }) => ({ items: (await versions.list(ownerId, params.item_id)).map(show) }),
    )

    http.get(
      '/items/:item_id/versions/:version/content',
      {
        schema: {
          summary: 'The content of a version',
          ...{ tags, params: VersionParams, querystring: DownloadQuery },
          response: {
            200: { description: 'The content.', content: { 'application/octet-stream': { schema: Bytes } } },
          },
        },
        config: { permission: 'drive:read', errors: downloadErrors },
      },
      async (request, reply) => {
        const { item_id: id, version: wanted } = request.params
        return sendFile(reply, await versions.open(request.ownerId, id, wanted, requestOf(request, reply)))
      },
    )

    http.post(
      '/items/:item_id/versions/:version/restore',
      {
        schema: {
          summary: 'Give a file back what stood in it; what is there now becomes a version',
          ...{ tags, params: VersionParams, response: { 200: ItemBody } },
        },
        config: { permission: 'drive:write', errors },
      },
      async ({ ownerId, params }) => showItem(await versions.restore(ownerId, params.item_id, params.version)),
    )
  }
}
