import { type DavResource, textOf } from '#integrations/dav/multistatus.ts'
import { type Xml, type XmlName, xml, xmlDocument } from '#integrations/dav/xml.ts'
import type { NextcloudPerson } from '#integrations/nextcloud/nextcloud-client.ts'
import { type DrivePath, filesPath, fromFilesPath, nameOf, rootPath } from '../drive-path.ts'
import { entryOf, entryProps, type Item } from '../items/item.ts'

export type Search = {
  /** Where to look, with all that lies below. */
  path?: DrivePath
  where: Xml
  /** Newest first unless told otherwise. */
  limit: number
  skip?: number
  signal?: AbortSignal
}

/** RFC 5323 §5.2, in the form in which Nextcloud takes it. */
export async function searchFiles({ dav, uid }: NextcloudPerson, search: Search): Promise<Item[]> {
  const { path = rootPath, where, limit, skip = 0, signal } = search
  const body = xmlDocument(
    'd:searchrequest',
    {},
    xml(
      'd:basicsearch',
      {},
      xml('d:select', {}, xml('d:prop', {}, ...entryProps.map((name) => xml(name)))),
      xml(
        'd:from',
        {},
        xml('d:scope', {}, xml('d:href', {}, hrefOf(filesPath(uid, path))), xml('d:depth', {}, 'infinity')),
      ),
      xml('d:where', {}, where),
      xml('d:orderby', {}, xml('d:order', {}, xml('d:prop', {}, xml('d:getlastmodified')), xml('d:descending'))),
      xml(
        'd:limit',
        {},
        xml('d:nresults', {}, String(limit)),
        ...(skip > 0 ? [xml('{https://github.com/icewind1991/SearchDAV/ns}firstresult', {}, String(skip))] : []),
      ),
    ),
  )
  const { resources } = await dav.search('/', body, signal)
  return resources.flatMap((resource) => itemOf(resource, uid) ?? [])
}

/** Where the file is that has this id, wherever it was moved to. */
export async function findByFileId(person: NextcloudPerson, fileId: number): Promise<DrivePath | undefined> {
  const [found] = await searchFiles(person, { where: compare('d:eq', 'oc:fileid', String(fileId)), limit: 1 })
  return found?.fileId === fileId ? found.path : undefined
}

export const compare = (operator: 'd:eq' | 'd:like' | 'd:lte' | 'd:gte', property: XmlName, literal: string): Xml =>
  xml(operator, {}, xml('d:prop', {}, xml(property)), xml('d:literal', {}, literal))

/** A path as the scope names it: percent-encoded, without what stands before it. */
const hrefOf = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

export function itemOf(resource: DavResource, uid: string): Item | undefined {
  const path = fromFilesPath(uid, resource.path.replace(/(?<=.)\/$/, ''))
  const entry = path === undefined ? undefined : entryOf(resource, textOf(resource, 'd:displayname') ?? nameOf(path))
  return entry && path !== undefined ? { ...entry, name: nameOf(path), path } : undefined
}
