import { childOf, childrenOf, type XmlElement } from '../../../src/integrations/dav/xml.ts'
import {
  badRequest,
  DavError,
  destinationOf,
  type Exchange,
  forbidden,
  headerOf,
  notFound,
  send,
} from '../dav-exchange.ts'
import {
  davHeader,
  type Resource,
  readDocument,
  sendDocument,
  sendMultistatus,
  sendPropertyStatuses,
  wantedOf,
} from '../multistatus.ts'
import type { Blobs } from './blobs.ts'
import { requireIfHeader, requireWritable } from './conditions.ts'
import { sendArchive, sendContent, wantsArchive } from './content.ts'
import { fakeLock } from './fake-locks.ts'
import { type FileView, fileResource, globalIdOf, quoted } from './file-properties.ts'
import type { FileStore } from './file-store.ts'
import { type Located, type Place, permissionBits } from './shares.ts'

export type FileDeps = FileView & { blobs: Blobs; store: FileStore }

/** Where a request's path leads. @throws DavError */
export type FindPlace = (exchange: Exchange) => { place: Place; names: string[] }

/** WebDAV over a tree of files. */
export function createFileMethods(deps: FileDeps, findPlace: FindPlace) {
  const { tree, blobs, store } = deps

  function find(exchange: Exchange): { place: Place; names: string[]; located: Located } {
    const { place, names } = findPlace(exchange)
    const located = place.locate(names)
    if (!located) throw notFound(`File with name ${names.join('/')}`)
    return { place, names, located }
  }

  function entriesOf(place: Place, names: readonly string[], located: Located): { name: string; located: Located }[] {
    const own = tree
      .childrenOf(located.node)
      .map((node) => ({ name: node.name, located: { ...located, node, isMount: false } }))
    return names.length === 0 ? [...own, ...place.mounts()] : own
  }

  function* listed(place: Place, names: readonly string[], located: Located, depth: number): Generator<Resource> {
    yield fileResource(deps, names, located, place)
    if (depth === 0 || !located.node.isFolder) return
    for (const child of entriesOf(place, names, located)) {
      yield* listed(place, [...names, child.name], child.located, depth - 1)
    }
  }

  const methods: Record<string, (exchange: Exchange) => Promise<void> | void> = {
    OPTIONS: (exchange) =>
      send(exchange, 200, {
        dav: davHeader,
        allow: Object.keys(methods).join(', '),
        'ms-author-via': 'DAV',
        'accept-ranges': 'bytes',
      }),

    async PROPFIND(exchange) {
      const wanted = wantedOf(await readDocument(exchange))
      const { place, names, located } = find(exchange)
      const depth = headerOf(exchange, 'depth')
      const levels = depth === '0' ? 0 : depth === 'infinity' || depth === undefined ? Number.POSITIVE_INFINITY : 1
      sendMultistatus(exchange, [...listed(place, names, located, levels)], { wanted })
    },

    async PROPPATCH(exchange) {
      const document = await readDocument(exchange)
      const { place, names, located } = find(exchange)
      const statuses = new Map<string, number>()
      for (const change of document?.children ?? []) {
        for (const prop of childOf(change, 'd:prop')?.children ?? []) {
          statuses.set(prop.name, patch(located, prop, { uid: place.uid, isRemoval: change.name === 'd:remove' }))
        }
      }
      tree.changed()
      sendPropertyStatuses(exchange, fileResource(deps, names, located, place), statuses)
    },

    async GET(exchange) {
      const { node, permissions } = find(exchange).located
      if (!(permissions & permissionBits.read)) throw forbidden()
      if (!node.isFolder) return sendContent(exchange, node, blobs)
      if (wantsArchive(exchange)) return sendArchive(exchange, node, deps)
      throw new DavError(
        501,
        'NotImplemented',
        'This is the WebDAV interface. It can only be accessed by WebDAV clients.',
      )
    },

    HEAD: (exchange) => methods.GET?.(exchange),

    async PUT(exchange) {
      const { place, names } = findPlace(exchange)
      const existing = place.locate(names)
      requireWritable(exchange, existing?.node)
      const parent = store.parentOf(place, names, 404)
      if (existing?.node.isFolder) throw new DavError(409, 'Conflict', 'PUT is not allowed on non-files.')
      const mtime = modifiedOf(exchange)
      const hash = headerOf(exchange, 'x-hash')
      const { node, hashes } = await store.write(parent, names.at(-1) ?? '', existing, {
        request: exchange.request,
        hashes: hash && ['md5', 'sha1', 'sha256'].includes(hash) ? [hash] : [],
        checksum: headerOf(exchange, 'oc-checksum') ?? null,
        modified: mtime,
      })
      send(exchange, existing ? 204 : 201, {
        ...{ etag: quoted(node.etag), 'oc-etag': quoted(node.etag), 'oc-fileid': globalIdOf(node) },
        ...(mtime !== undefined && { 'x-oc-mtime': 'accepted' }),
        ...Object.fromEntries(Object.entries(hashes).map(([name, value]) => [`x-hash-${name}`, value])),
      })
    },

    MKCOL(exchange) {
      const { place, names } = findPlace(exchange)
      if (place.locate(names))
        throw new DavError(405, 'MethodNotAllowed', 'The resource you tried to create already exists')
      const parent = store.parentOf(place, names, 409)
      if (!(parent.permissions & permissionBits.create)) throw forbidden()
      const node = tree.add(parent.node, { name: names.at(-1) ?? '', isFolder: true })
      send(exchange, 201, { 'oc-fileid': globalIdOf(node) })
    },

    DELETE(exchange) {
      const { place, names, located } = find(exchange)
      requireWritable(exchange, located.node)
      if (names.length === 0) throw forbidden()
      store.delete(place, located)
      send(exchange, 204)
    },

    MOVE(exchange) {
      const { place, names, located } = find(exchange)
      const to = destinationNames(exchange, place.prefix)
      requireWritable(exchange, located.node)
      requireIfHeader(exchange, place.locate(to)?.node ?? located.node)
      const isReplaced = store.move(place, { located, names }, to, { overwrite: overwrites(exchange) })
      send(exchange, isReplaced ? 204 : 201, { 'oc-fileid': globalIdOf(located.node), etag: quoted(located.node.etag) })
    },

    async COPY(exchange) {
      const { place, located } = find(exchange)
      const isReplaced = await store.copy(place, located, destinationNames(exchange, place.prefix), {
        overwrite: overwrites(exchange),
      })
      send(exchange, isReplaced ? 204 : 201)
    },

    async REPORT(exchange) {
      const document = await readDocument(exchange)
      const { place, names, located } = find(exchange)
      const { node } = located
      if (document?.name !== 'oc:filter-files') throw badRequest('The report is not known here')
      const wantsFavorites = childrenOf(childOf(document, 'oc:filter-rules'), 'oc:favorite').some(
        ({ text }) => text.trim() === '1',
      )
      if (!wantsFavorites) throw badRequest('No filter rules')
      const found = [...tree.below(node)].filter((one) => one.favoriteOf.includes(place.uid))
      const base = tree.namesOf(node).length
      const resources = found.map((one) =>
        fileResource(
          deps,
          [...names, ...tree.namesOf(one).slice(base)],
          { ...located, node: one, isMount: false },
          place,
        ),
      )
      sendMultistatus(exchange, resources, { wanted: wantedOf(document) })
    },

    async LOCK(exchange) {
      sendDocument(exchange, 200, fakeLock(exchange))
    },

    UNLOCK: (exchange) => send(exchange, 204),
  }
  return methods
}

/** @returns the status of the change; what the server alone may set is 403. */
function patch({ node }: Located, prop: XmlElement, { uid, isRemoval }: { uid: string; isRemoval: boolean }): number {
  if (prop.name === 'oc:favorite') {
    const others = node.favoriteOf.filter((one) => one !== uid)
    node.favoriteOf = !isRemoval && /^(1|true)$/.test(prop.text.trim()) ? [...others, uid] : others
    return 200
  }
  if (prop.name === 'd:getlastmodified' || prop.name === 'd:lastmodified') {
    const seconds = /^\d+$/.test(prop.text) ? Number(prop.text) : Math.floor(Date.parse(prop.text) / 1000)
    if (Number.isNaN(seconds)) return 403
    node.modified = seconds
    return 200
  }
  if (/^(d|oc|nc):/.test(prop.name)) return 403
  if (isRemoval) delete node.custom[prop.name]
  else node.custom[prop.name] = prop.text
  return 200
}

export function modifiedOf(exchange: Exchange): number | undefined {
  const header = headerOf(exchange, 'x-oc-mtime')
  if (header === undefined) return undefined
  if (!/^\d+$/.test(header)) throw badRequest('X-OC-MTime header must be an integer (unix timestamp).')
  return Number(header)
}

export const overwrites = (exchange: Exchange): boolean => headerOf(exchange, 'overwrite')?.toUpperCase() !== 'F'

/** The names of the destination in the same tree. @throws DavError */
export function destinationNames(exchange: Exchange, prefix: readonly string[]): string[] {
  const names = destinationOf(exchange)
  if (prefix.some((name, index) => names[index] !== name)) throw forbidden('The destination lies elsewhere')
  return names.slice(prefix.length)
}
