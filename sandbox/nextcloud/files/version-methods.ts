import { pipeline } from 'node:stream/promises'
import { destinationOf, type Exchange, forbidden, headerOf, notFound, send } from '../dav-exchange.ts'
import { type Resource, readDocument, resourceType, sendMultistatus, wantedOf } from '../multistatus.ts'
import { contentTypeOf } from './content-types.ts'
import type { FileDeps } from './file-methods.ts'
import { httpDate, quoted } from './file-properties.ts'
import type { FileNode } from './tree.ts'
import type { Version, Versions } from './versions.ts'

/** `/remote.php/dav/versions/{uid}/versions/{fileid}`: a MOVE to `/versions/{uid}/restore/target` brings one back. */
export function createVersionMethods(deps: FileDeps & { versions: Versions }) {
  const { tree, blobs, versions } = deps

  function here(exchange: Exchange): { uid: string; node: FileNode; at: string | undefined } {
    const [uid = '', place, id, at] = exchange.path
    if (uid !== exchange.person.uid) throw forbidden()
    const node = place === 'versions' ? tree.byId(Number(id)) : undefined
    if (!node || node.isFolder || node.owner !== uid || node.trashed) throw notFound()
    return { uid, node, at }
  }

  function versionOf(node: FileNode, at: string | undefined): Version {
    const found = versions.of(node.id).find((version) => String(version.at) === at)
    if (!found) throw notFound()
    return found
  }

  /** The current content is listed among them. */
  const all = (node: FileNode): Version[] => [
    { at: node.modified, blob: node.blob, size: node.size, etag: node.etag },
    ...versions.of(node.id).filter(({ at }) => at !== node.modified),
  ]

  const resourceOf = (uid: string, node: FileNode, version: Version): Resource => ({
    names: ['versions', uid, 'versions', String(node.id), String(version.at)],
    properties: {
      'd:getcontentlength': () => String(version.size),
      'd:getcontenttype': () => contentTypeOf(node.name),
      'd:getlastmodified': () => httpDate(version.at),
      'd:getetag': () => quoted(version.etag),
      'd:resourcetype': () => resourceType(),
      'nc:has-preview': () => 'false',
      'nc:version-author': () => node.owner,
    },
  })

  return {
    async PROPFIND(exchange: Exchange) {
      const wanted = wantedOf(await readDocument(exchange))
      const { uid, node } = here(exchange)
      const folder: Resource = {
        names: ['versions', uid, 'versions', String(node.id)],
        isCollection: true,
        properties: { 'd:resourcetype': () => resourceType('d:collection') },
      }
      const listed =
        headerOf(exchange, 'depth') === '0' ? [] : all(node).map((version) => resourceOf(uid, node, version))
      sendMultistatus(exchange, [folder, ...listed], { wanted })
    },

    async GET(exchange: Exchange) {
      const { node, at } = here(exchange)
      const version = all(node).find((one) => String(one.at) === at) ?? versionOf(node, at)
      exchange.response.writeHead(200, {
        ...{ 'content-type': contentTypeOf(node.name), 'content-length': version.size, etag: quoted(version.etag) },
        'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(node.name)}`,
      })
      if (version.blob === null) return void exchange.response.end()
      await pipeline(blobs.read(version.blob), exchange.response).catch(() => undefined)
    },

    DELETE(exchange: Exchange) {
      const { node, at } = here(exchange)
      const version = versionOf(node, at)
      versions.take(node.id, version)
      if (version.blob) void blobs.remove(version.blob)
      send(exchange, 204)
    },

    /** What was current becomes a version. */
    async MOVE(exchange: Exchange) {
      const { uid, node, at } = here(exchange)
      const version = versionOf(node, at)
      const [mount, owner, place] = destinationOf(exchange)
      if (mount !== 'versions' || owner !== uid || place !== 'restore') throw forbidden()
      versions.take(node.id, version)
      const content = { blob: version.blob, size: version.size, checksum: null }
      versions.keep(node, tree.replaceContent(node, content))
      send(exchange, 201)
    },
  }
}
