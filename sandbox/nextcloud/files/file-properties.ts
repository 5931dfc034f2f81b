import { type Xml, xml } from '../../../src/integrations/dav/xml.ts'
import type { Properties, Resource } from '../multistatus.ts'
import { resourceType } from '../multistatus.ts'
import type { People } from '../people.ts'
import { contentTypeOf } from './content-types.ts'
import { type Located, type Place, permissionBits, type Shares } from './shares.ts'
import type { FileNode, Tree } from './tree.ts'

export type FileView = { people: People; tree: Tree; shares: Shares }

const instanceId = 'ocsandbox1'

/** With the installation's own id behind it, as `OC-FileId` and `oc:id` have it. */
export const globalIdOf = ({ id }: FileNode): string => `${String(id).padStart(8, '0')}${instanceId}`

export const quoted = (etag: string): string => `"${etag}"`

export const httpDate = (seconds: number): string => new Date(seconds * 1000).toUTCString()

export const hasPreview = (name: string): boolean => /\.(png|jpe?g|webp|gif|svg)$/i.test(name)

/** R: may be shared. G: read. D: delete. N, V: rename, move. W: write. C, K: make files, folders. S, M: shared, mounted. */
function permissionLetters({ node, permissions, share, isMount }: Located): string {
  const has = (bit: number) => (permissions & bit) !== 0
  const letters = [
    share ? 'S' : '',
    has(permissionBits.share) ? 'R' : '',
    isMount ? 'M' : '',
    has(permissionBits.read) ? 'G' : '',
    // What was received can always be taken out of one's files.
    has(permissionBits.delete) || isMount ? 'D' : '',
    has(permissionBits.update) || isMount ? 'NV' : '',
    !node.isFolder && has(permissionBits.update) ? 'W' : '',
    node.isFolder && has(permissionBits.create) ? 'CK' : '',
  ]
  return letters.join('')
}

/** What a PROPFIND tells of a file or folder, as the person `uid` sees it. */
export function fileProperties(view: FileView, located: Located, uid: string): Properties {
  const { node } = located
  const person = view.people.find(node.owner)
  const folderOnly = (value: () => string) => () => (node.isFolder ? value() : undefined)
  const fileOnly = (value: () => string) => () => (node.isFolder ? undefined : value())
  const available = () => availableOf(view, uid)
  return {
    ...Object.fromEntries(Object.entries(node.custom).map(([name, value]) => [name, () => value])),
    'd:displayname': () => (node.parent === null ? uid : node.name),
    'd:getlastmodified': () => httpDate(node.modified),
    'd:creationdate': () => new Date(node.created * 1000).toISOString().replace('.000Z', '+00:00'),
    'd:getetag': () => quoted(node.etag),
    'd:resourcetype': () => resourceType(...(node.isFolder ? ['d:collection'] : [])),
    'd:getcontenttype': fileOnly(() => contentTypeOf(node.name)),
    'd:getcontentlength': fileOnly(() => String(node.size)),
    'd:quota-used-bytes': folderOnly(() => String(node.size)),
    'd:quota-available-bytes': folderOnly(() => String(available())),
    'oc:id': () => globalIdOf(node),
    'oc:fileid': () => String(node.id),
    'oc:size': () => String(node.size),
    'oc:permissions': () => permissionLetters(located),
    'oc:favorite': () => (node.favoriteOf.includes(uid) ? '1' : '0'),
    'oc:owner-id': () => node.owner,
    'oc:owner-display-name': () => person?.displayName ?? node.owner,
    'oc:share-types': () => shareTypesOf(view.shares, node, uid),
    'oc:checksums': () => (node.checksum ? xml('oc:checksum', {}, node.checksum) : undefined),
    'oc:comments-unread': () => '0',
    'nc:has-preview': () => String(!node.isFolder && hasPreview(node.name)),
    'nc:creation_time': () => String(node.created),
    'nc:upload_time': () => String(node.created),
    'nc:mount-type': () => (located.isMount ? 'shared' : ''),
    'nc:contained-file-count': folderOnly(() =>
      String(view.tree.childrenOf(node).filter((one) => !one.isFolder).length),
    ),
    'nc:contained-folder-count': folderOnly(() =>
      String(view.tree.childrenOf(node).filter((one) => one.isFolder).length),
    ),
    'nc:note': () => located.share?.note || undefined,
    'nc:hidden': () => 'false',
    'nc:is-encrypted': () => '0',
  }
}

function shareTypesOf(shares: Shares, node: FileNode, uid: string): Xml | undefined {
  if (node.owner !== uid) return undefined
  const types = [...new Set(shares.of(node.id).map(({ type }) => type))]
  return { xml: types.map((type) => xml('oc:share-type', {}, String(type)).xml).join('') }
}

/** -3 stands for without limit. */
export function availableOf({ people, tree }: Pick<FileView, 'people' | 'tree'>, uid: string): number {
  const quota = people.find(uid)?.quota ?? null
  return quota === null ? -3 : Math.max(0, quota - tree.rootOf(uid).size)
}

export const fileResource = (
  view: FileView,
  names: readonly string[],
  located: Located,
  place: Pick<Place, 'uid' | 'prefix'>,
): Resource => ({
  names: [...place.prefix, ...names],
  isCollection: located.node.isFolder,
  properties: fileProperties(view, located, place.uid),
})
