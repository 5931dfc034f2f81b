import { type DavResource, isCollection, textOf } from '#integrations/dav/multistatus.ts'
import { childrenOf, type XmlName } from '#integrations/dav/xml.ts'
import type { DrivePath } from '../drive-path.ts'
import { type ItemKind, kindOf } from './item-kind.ts'

/** A file or a folder, as Nextcloud tells of it. */
export type Entry = {
  name: string
  fileId: number
  isFolder: boolean
  etag: string
  size: number
  kind: ItemKind
  contentType: string | null
  modifiedAt: Date
  /** Nextcloud's letters: see `permissionsOf`. */
  permissions: string
  isFavorite: boolean
  hasPreview: boolean
  shareTypes: number[]
}

/** An entry and where it lies. */
export type Item = Entry & { path: DrivePath }

/** What a listing asks for; each more costs Nextcloud time. */
export const entryProps: readonly XmlName[] = [
  ...['d:resourcetype', 'd:getetag', 'd:getlastmodified', 'd:getcontenttype', 'd:getcontentlength'],
  ...['oc:fileid', 'oc:size', 'oc:permissions', 'oc:favorite', 'oc:share-types', 'nc:has-preview'],
]

/** Undefined for what is none of Nextcloud's files, since it has no id. */
export function entryOf(resource: DavResource, name: string): Entry | undefined {
  const fileId = Number(textOf(resource, 'oc:fileid'))
  if (!Number.isSafeInteger(fileId) || fileId <= 0) return undefined
  const isFolder = isCollection(resource)
  const contentType = isFolder ? null : (textOf(resource, 'd:getcontenttype') ?? 'application/octet-stream')
  const size = Number(textOf(resource, 'oc:size') ?? textOf(resource, 'd:getcontentlength') ?? 0)
  return {
    ...{ name, fileId, isFolder, contentType, kind: kindOf(isFolder, contentType) },
    // -1 while Nextcloud has not counted a folder yet.
    size: Number.isSafeInteger(size) && size > 0 ? size : 0,
    etag: textOf(resource, 'd:getetag') ?? '""',
    modifiedAt: timeOf(textOf(resource, 'd:getlastmodified')),
    permissions: textOf(resource, 'oc:permissions') ?? '',
    isFavorite: textOf(resource, 'oc:favorite') === '1',
    hasPreview: textOf(resource, 'nc:has-preview') === 'true',
    shareTypes: childrenOf(resource.props.get('oc:share-types'), 'oc:share-type').map(({ text }) => Number(text) | 0),
  }
}

function timeOf(text: string | undefined): Date {
  const time = new Date(text ?? 0)
  return Number.isNaN(time.getTime()) ? new Date(0) : time
}

const permissionLetters = {
  download: 'G',
  share: 'R',
  delete: 'D',
  rename: 'N',
  move: 'V',
  update: 'W',
  create_files: 'C',
  create_folders: 'K',
} as const

export const permissionNames = Object.keys(permissionLetters) as (keyof typeof permissionLetters)[]

/** What the owner of the listing may do with it. */
export const permissionsOf = ({ permissions }: Pick<Entry, 'permissions'>) =>
  permissionNames.filter((name) => permissions.includes(permissionLetters[name]))

/** Somebody else's, who shares it. */
export const isReceived = ({ permissions }: Pick<Entry, 'permissions'>): boolean => permissions.includes('S')
