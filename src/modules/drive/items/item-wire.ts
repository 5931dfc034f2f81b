import { Type } from 'typebox'
import { type Item, isReceived, permissionNames, permissionsOf } from './item.ts'
import { itemKinds } from './item-kind.ts'

export const pathText = (description: string) => Type.String({ minLength: 1, maxLength: 4000, description })

/** As it stands in addresses and bodies: Nextcloud's own number. */
export const itemId = Type.String({
  pattern: '^[1-9][0-9]{0,15}$',
  examples: ['4711'],
  description: 'The id of the file at Nextcloud: it stays when the file is renamed or moved.',
})
export const ItemParams = Type.Object({ item_id: itemId })

const example = {
  item_id: '4711',
  type: 'file',
  name: 'Plan of the site.pdf',
  path: '/Playground/Plan of the site.pdf',
  kind: 'pdf',
  content_type: 'application/pdf',
  size_bytes: 48_213,
  etag: '"5f2a9c0d4b1e7a3680c9d2e1f4a5b6c7"',
  modified_at: '2026-05-11T09:30:00.000Z',
  permissions: ['download', 'share', 'delete', 'rename', 'move', 'update'],
  is_favorite: true,
  is_shared: false,
  is_received: false,
  has_preview: false,
}

export const ItemBody = Type.Object(
  {
    item_id: itemId,
    type: Type.String({ enum: ['file', 'folder'] }),
    name: Type.String(),
    path: Type.String({ description: 'Where it lies, from the top of your files: begins with a slash.' }),
    kind: Type.String({ enum: [...itemKinds] }),
    content_type: Type.Union([Type.String(), Type.Null()], { description: 'Of a folder null.' }),
    size_bytes: Type.Integer({ description: 'Of a folder all that is in it.' }),
    etag: Type.String({ description: 'Changes with the content; of a folder with anything below it.' }),
    modified_at: Type.String({ format: 'date-time' }),
    permissions: Type.Array(Type.String({ enum: permissionNames }), { description: 'What you may do with it.' }),
    is_favorite: Type.Boolean(),
    is_shared: Type.Boolean({ description: 'You share it with others.' }),
    is_received: Type.Boolean({ description: 'Somebody else shares it with you.' }),
    has_preview: Type.Boolean({ description: 'There is a picture of it at `/items/{item_id}/preview`.' }),
  },
  { examples: [example] },
)

export const showItem = (item: Item) => ({
  item_id: String(item.fileId),
  type: item.isFolder ? 'folder' : 'file',
  ...{ name: item.name, path: item.path, kind: item.kind, content_type: item.contentType, size_bytes: item.size },
  ...{ etag: item.etag, modified_at: item.modifiedAt.toISOString(), permissions: permissionsOf(item) },
  ...{ is_favorite: item.isFavorite, is_shared: item.shareTypes.length > 0, is_received: isReceived(item) },
  has_preview: item.hasPreview,
})

/**
 * The same as text, as it is kept of each entry of a folder. A release that shows more of an item, or otherwise, outdates
 * what is kept: by a migration that sets `said_under` of `drive_folder` to null.
 */
export const sayItem = (item: Item): string => JSON.stringify(showItem(item))

/** What `sayItem` said. */
export type SaidItem = ReturnType<typeof showItem>

export const FolderBody = Type.Object({
  item_id: itemId,
  path: Type.String(),
  etag: Type.String(),
  permissions: Type.Array(Type.String({ enum: permissionNames })),
})
