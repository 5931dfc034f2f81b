import { Type } from 'typebox'
import { nextcloudErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { childOf, type DrivePath } from '../drive-path.ts'
import { type Entry, permissionNames } from '../items/item.ts'
import { itemKinds } from '../items/item-kind.ts'
import type { LinkView } from './links.ts'

export const TokenParams = Type.Object({
  token: Type.String({ pattern: '^[A-Za-z0-9_-]{4,64}$', examples: ['Tq3k9ZbX2m8rYpL'] }),
})
export const AccessHeaders = Type.Object({
  'x-link-access': Type.Optional(
    Type.String({ maxLength: 2000, description: 'Of /access, where there is a password.' }),
  ),
})
export const PasswordBody = Type.Object(
  { password: Type.String({ minLength: 1, maxLength: 200 }) },
  { examples: [{ password: 'a long secret' }] },
)
export const AccessBody = Type.Object({
  access: Type.String({ description: 'Opens this link alone.' }),
  expires_at: Type.String({ format: 'date-time' }),
})
export const LinkBody = Type.Object(
  {
    name: Type.String(),
    type: Type.String({ enum: ['file', 'folder'] }),
    size_bytes: Type.Integer(),
    content_type: Type.Union([Type.String(), Type.Null()]),
    permissions: Type.Array(Type.String({ enum: permissionNames }), {
      description: '`create_files` alone: it takes files and shows none.',
    }),
  },
  {
    examples: [
      { name: 'Playground', type: 'folder', size_bytes: 48_213, content_type: null, permissions: ['download'] },
    ],
  },
)
export const EntryBody = Type.Object(
  {
    ...{ name: Type.String(), path: Type.String({ description: 'From what is shared.' }) },
    type: Type.String({ enum: ['file', 'folder'] }),
    kind: Type.String({ enum: [...itemKinds] }),
    content_type: Type.Union([Type.String(), Type.Null()]),
    ...{ size_bytes: Type.Integer(), etag: Type.String(), modified_at: Type.String({ format: 'date-time' }) },
  },
  {
    examples: [
      {
        ...{ name: 'Costs.csv', path: '/Costs.csv', type: 'file', kind: 'spreadsheet', content_type: 'text/csv' },
        ...{ size_bytes: 120, etag: '"5f2a9c0d"', modified_at: '2026-05-11T09:30:00.000Z' },
      },
    ],
  },
)

const { 403: forbidden = [], 409: _ofAccounts, ...others } = nextcloudErrors
/** Whoever follows a link has no account that could be wrong. */
export const linkErrors: Readonly<Record<number, readonly string[]>> = {
  ...others,
  403: [...forbidden, 'drive.link_password_required', 'drive.link_password_wrong', 'drive.link_upload_only'],
}

export const showLink = ({ name, isFolder, size, contentType, permissions }: LinkView) => ({
  ...{ name, type: isFolder ? 'folder' : 'file', size_bytes: size, content_type: contentType },
  permissions: [...permissions],
})

export const showEntry = (entry: Entry, folder: DrivePath) => ({
  ...{
    name: entry.name,
    path: childOf(folder, entry.name),
    type: entry.isFolder ? 'folder' : 'file',
    kind: entry.kind,
  },
  ...{ content_type: entry.contentType, size_bytes: entry.size, etag: entry.etag },
  modified_at: entry.modifiedAt.toISOString(),
})
