import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { Favorites } from '../changes/favorites.ts'
import { parsePath } from '../drive-path.ts'
import type { Item } from '../items/item.ts'
import { kindsOf, typesQuery } from '../items/item-routes.ts'
import { ItemBody, pathText, showItem } from '../items/item-wire.ts'
import type { Finds } from './finds.ts'
import { quotaOf } from './quota.ts'

const tags = ['drive']
const SearchQuery = Type.Object({
  q: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S', description: 'Part of the name, in any case.' }),
  ...{ types: typesQuery, path: Type.Optional(pathText('Where to look; everywhere by default.')), ...pageQuery },
})
const QuotaBody = Type.Object(
  {
    used_bytes: Type.Integer(),
    total_bytes: Type.Union([Type.Integer(), Type.Null()], { description: 'null: as much as there is.' }),
    free_bytes: Type.Union([Type.Integer(), Type.Null()]),
  },
  { examples: [{ used_bytes: 48_213, total_bytes: 5_368_709_120, free_bytes: 5_368_660_907 }] },
)
const show = ({ items, nextCursor }: { items: Item[]; nextCursor: string | null }) => ({
  items: items.map(showItem),
  next_cursor: nextCursor,
})

type Deps = { finds: Finds; favorites: Favorites; nextcloud: Nextcloud }

export function findRoutes({ finds, favorites, nextcloud }: Deps): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/search',
      {
        schema: {
          summary: 'Files by name and kind, the last modified first',
          ...{ tags, querystring: SearchQuery, response: { 200: page(ItemBody) } },
        },
        config: {
          permission: 'drive:read',
          errors: withErrors(nextcloudErrors, { 400: ['invalid_path', 'invalid_name'] }),
        },
      },
      async ({ ownerId, query }) => {
        const { q: text, types, limit = 50, cursor } = query
        const path = parsePath(query.path ?? '/')
        return show(await finds.page(ownerId, { text: text.trim(), kinds: kindsOf(types), path, limit, cursor }))
      },
    )

    http.get(
      '/recent',
      {
        schema: {
          summary: 'Files, the last modified first',
          ...{ tags, querystring: Type.Object({ types: typesQuery, ...pageQuery }), response: { 200: page(ItemBody) } },
        },
        config: { permission: 'drive:read', errors: nextcloudErrors },
      },
      async ({ ownerId, query }) => {
        const kinds = kindsOf(query.types) ?? filesAlone
        return show(await finds.page(ownerId, { kinds, path: '/', limit: query.limit ?? 50, cursor: query.cursor }))
      },
    )

    http.get(
      '/favorites',
      {
        schema: {
          summary: 'What you marked as a favourite, by where it lies',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(ItemBody) } },
        },
        config: { permission: 'drive:read', errors: nextcloudErrors },
      },
      async ({ ownerId, query }) => {
        const { limit = 50, cursor } = query
        const [after] = cursor === undefined ? [undefined] : decodeCursor(cursor, ['string'])
        const found = await favorites.list(ownerId, { after, limit: limit + 1 })
        return pageOfRows(found, limit, showItem, ({ path }) => [path])
      },
    )

    http.get(
      '/quota',
      {
        schema: { summary: 'How much room your files take, and how much there is', tags, response: { 200: QuotaBody } },
        config: { permission: 'drive:read', errors: nextcloudErrors },
      },
      async ({ ownerId }) => {
        const { usedBytes, totalBytes, freeBytes } = await quotaOf(nextcloud, ownerId)
        return { used_bytes: usedBytes, total_bytes: totalBytes, free_bytes: freeBytes }
      },
    )
  }
}

/** A folder is as new as what is in it. */
const filesAlone = [
  ...(['image', 'video', 'audio', 'pdf', 'document', 'spreadsheet', 'presentation', 'text', 'archive'] as const),
  'other' as const,
]
