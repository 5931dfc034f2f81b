import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { parsePath } from '../drive-path.ts'
import { type ItemKind, itemKinds } from './item-kind.ts'
import { FolderBody, ItemBody, ItemParams, pathText, showItem } from './item-wire.ts'
import type { ItemPage, Items } from './items.ts'
import { type SortKey, sortKeys } from './listing-store.ts'

const tags = ['drive']

export const typesQuery = Type.Optional(
  Type.String({
    pattern: `^(${itemKinds.join('|')})(,(${itemKinds.join('|')}))*$`,
    examples: ['pdf,document'],
    description: 'Kinds to be listed, with commas between: `folder,image`. All by default.',
  }),
)

const ListQuery = Type.Object({
  path: Type.Optional(pathText('The folder; the top of your files by default.')),
  sort: Type.Optional(Type.String({ enum: [...sortKeys], default: 'name', description: 'Folders always come first.' })),
  order: Type.Optional(Type.String({ enum: ['asc', 'desc'], default: 'asc' })),
  types: typesQuery,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200, description: 'Items on a page.' })),
  cursor: Type.Optional(Type.String({ maxLength: 2000, description: 'The `next_cursor` of the page before.' })),
})
const ListBody = Type.Object({
  folder: FolderBody,
  items: Type.Array(ItemBody),
  next_cursor: Type.Union([Type.String(), Type.Null()]),
})

const KnownVersion = Type.Object({ 'if-none-match': Type.Optional(Type.String({ maxLength: 200 })) })
const Unchanged = Type.Null({ description: 'It is what If-None-Match says.' })

const render = ({ folder: { id, ...folder }, said, nextCursor }: ItemPage): string =>
  `{"folder":${JSON.stringify({ item_id: id, ...folder })},"items":[${said.join(',')}],"next_cursor":${JSON.stringify(nextCursor)}}`

export const kindsOf = (types: string | undefined): ItemKind[] | undefined =>
  types?.split(',') as ItemKind[] | undefined

export function itemRoutes(items: Items): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/items',
      {
        schema: {
          summary: 'What is in a folder',
          description:
            'Answered from what is known here and kept right: your own changes show at once, those made elsewhere ' +
            'within 15 seconds.',
          ...{ tags, querystring: ListQuery, headers: KnownVersion, response: { 200: ListBody, 304: Unchanged } },
        },
        config: {
          permission: 'drive:read',
          errors: withErrors(nextcloudErrors, { 400: ['invalid_path', 'invalid_name'] }),
        },
      },
      async ({ ownerId, query, headers }, reply) => {
        const request = {
          path: parsePath(query.path ?? '/'),
          sort: (query.sort ?? 'name') as SortKey,
          order: query.order === 'desc' ? ('desc' as const) : ('asc' as const),
          kinds: kindsOf(query.types),
          limit: query.limit ?? 200,
          cursor: query.cursor,
        }
        const { version, body } = await items.list(ownerId, request, render)
        reply.header('etag', `"${version}"`).header('cache-control', 'private, no-cache')
        if (headers['if-none-match'] === `"${version}"`) return reply.code(304).send(null)
        // Past the serialiser of JSON: it is written already.
        return reply
          .type('application/json; charset=utf-8')

          .send(body as never)
      },
    )

    http.get(
      '/items/:item_id',
      {
        schema: {
          summary: 'A file or a folder',
          ...{ tags, params: ItemParams, response: { 200: ItemBody } },
        },
        config: { permission: 'drive:read', errors: nextcloudErrors },
      },
      async ({ ownerId, params }, reply) => {
        const item = await items.get(ownerId, params.item_id)
        return reply.header('etag', item.etag).send(showItem(item))
      },
    )
  }
}
