import { type Static, Type } from 'typebox'
import { itemId } from '../items/item-wire.ts'
import { type Share, type ShareKind, type SharePermission, shareKinds, sharePermissions } from './share.ts'
import type { NewShare, ShareChange } from './shares.ts'

const shareId = Type.String({ pattern: '^[1-9][0-9]{0,15}$', examples: ['4711'] })
export const ShareParams = Type.Object({ share_id: shareId })

const Party = Type.Object({ id: Type.String({ description: 'As Nextcloud calls them.' }), name: Type.String() })
const day = { format: 'date', description: 'The last day on which it holds.' } as const
const Permissions = Type.Array(Type.String({ enum: sharePermissions }), {
  description: 'A link to a folder with `create` alone takes files and shows none.',
})

export const ShareBody = Type.Object(
  {
    share_id: shareId,
    kind: Type.String({ enum: [...shareKinds] }),
    item: Type.Object({ item_id: itemId, path: Type.String(), type: Type.String({ enum: ['file', 'folder'] }) }),
    permissions: Permissions,
    recipient: Type.Union([Party, Type.Null()], { description: 'null for a link.' }),
    owner: Party,
    url: Type.Union([Type.String(), Type.Null()], { description: 'Of a link: works without an account.' }),
    token: Type.Union([Type.String(), Type.Null()]),
    has_password: Type.Boolean(),
    expires_on: Type.Union([Type.String(day), Type.Null()]),
    ...{ label: Type.String(), note: Type.String(), is_download_hidden: Type.Boolean() },
    created_at: Type.String({ format: 'date-time' }),
  },
  {
    examples: [
      {
        ...{ share_id: '12', kind: 'link', item: { item_id: '4711', path: '/Playground', type: 'folder' } },
        ...{ permissions: ['read'], recipient: null, owner: { id: 'alice', name: 'Alice Carroll' } },
        url: 'https://ulti.example.org/api/v1/drive/public/kX3vQ9wTzM2pLrB',
        ...{ token: 'kX3vQ9wTzM2pLrB', has_password: true, expires_on: '2026-06-30', label: 'For the town', note: '' },
        ...{ is_download_hidden: false, created_at: '2026-05-23T09:00:00.000Z' },
      },
    ],
  },
)

const changeable = {
  permissions: Type.Optional(
    Type.Array(Type.String({ enum: sharePermissions }), { minItems: 1, uniqueItems: true, maxItems: 5 }),
  ),
  password: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Type.Null()])),
  expires_on: Type.Optional(Type.Union([Type.String(day), Type.Null()])),
  label: Type.Optional(Type.String({ maxLength: 200 })),
  note: Type.Optional(Type.String({ maxLength: 1000 })),
  is_download_hidden: Type.Optional(Type.Boolean()),
}

export const NewShareBody = Type.Object(
  {
    item_id: itemId,
    kind: Type.String({ enum: [...shareKinds] }),
    recipient: Type.Optional(
      Type.String({ minLength: 1, maxLength: 320, description: 'Of /sharees, or an address; none for a link.' }),
    ),
    ...changeable,
  },
  { examples: [{ item_id: '4711', kind: 'link', expires_on: '2026-06-30', label: 'For the town' }] },
)
export const ChangeShareBody = Type.Object(changeable, {
  minProperties: 1,
  examples: [{ permissions: ['read', 'create'], expires_on: null }],
})
export const ShareeBody = Type.Object(
  { kind: Type.String({ enum: ['user', 'group'] }), id: Type.String(), name: Type.String() },
  { examples: [{ kind: 'user', id: 'bob', name: 'Bob Builder' }] },
)

export const showShare = (share: Share, publicUrl: string) => ({
  ...{ share_id: share.id, kind: share.kind },
  item: { item_id: share.fileId, path: share.path, type: share.isFolder ? 'folder' : 'file' },
  ...{ permissions: share.permissions, recipient: share.recipient, owner: share.owner, token: share.token },
  url: share.token === null ? null : linkUrl(publicUrl, share.token),
  ...{ has_password: share.hasPassword, expires_on: share.expiresOn, label: share.label, note: share.note },
  ...{ is_download_hidden: share.isDownloadHidden, created_at: share.createdAt.toISOString() },
})

export const linkUrl = (publicUrl: string, token: string): string =>
  `${publicUrl}/api/v1/drive/public/${encodeURIComponent(token)}`

export const changeOf = (body: Static<typeof ChangeShareBody>): ShareChange => ({
  permissions: body.permissions as SharePermission[] | undefined,
  ...{ password: body.password, expiresOn: body.expires_on, label: body.label, note: body.note },
  isDownloadHidden: body.is_download_hidden,
})

export const newShareOf = (body: Static<typeof NewShareBody>): NewShare => ({
  ...changeOf(body),
  ...{ itemId: body.item_id, kind: body.kind as ShareKind, recipient: body.recipient },
})
