import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  badRequest,
  DavError,
  destinationOf,
  type Exchange,
  forbidden,
  headerOf,
  notFound,
  preconditionFailed,
  send,
} from '../dav-exchange.ts'
import { type Resource, readDocument, resourceType, sendMultistatus, wantedOf } from '../multistatus.ts'
import type { Records } from '../records.ts'
import { requireIfHeader } from './conditions.ts'
import { destinationNames, type FileDeps, modifiedOf, overwrites } from './file-methods.ts'
import { globalIdOf, quoted } from './file-properties.ts'

type Chunk = { blob: string; size: number }
type Upload = { destination: string; chunks: Record<string, Chunk> }

/** Chunked upload, version 2: MKCOL, PUT of numbered chunks in any order, MOVE of `.file` to where it belongs. */
export async function openUploadMethods(records: Records, deps: FileDeps) {
  const { shares, blobs, store } = deps
  const { value: uploads, changed } = await records.open<Record<string, Upload>>('uploads', {})

  function here(exchange: Exchange) {
    const [uid = '', id, chunk] = exchange.path
    if (uid !== exchange.person.uid || id === undefined) throw notFound()
    return { uid, id, chunk, key: `${uid}/${id}` }
  }
  function find(exchange: Exchange) {
    const at = here(exchange)
    const upload = uploads[at.key]
    if (!upload) throw notFound()
    return { ...at, upload }
  }
  /** In the order of their numbers. */
  const inOrder = ({ chunks }: Upload): [string, Chunk][] =>
    Object.entries(chunks).sort(([a], [b]) => Number(a) - Number(b))

  const folderOf = (uid: string, id: string): Resource => ({
    names: ['uploads', uid, id],
    isCollection: true,
    properties: { 'd:resourcetype': () => resourceType('d:collection'), 'd:displayname': () => id },
  })
  const chunkOf = (uid: string, id: string, [name, { size }]: [string, Chunk]): Resource => ({
    names: ['uploads', uid, id, name],
    properties: {
      'd:resourcetype': () => resourceType(),
      'd:getcontentlength': () => String(size),
      'd:displayname': () => name,
    },
  })

  return {
    MKCOL(exchange: Exchange) {
      const { key, chunk } = here(exchange)
      if (chunk !== undefined) throw forbidden()
      if (uploads[key]) throw new DavError(405, 'MethodNotAllowed', 'The resource you tried to create already exists')
      uploads[key] = { destination: destinationOf(exchange).join('/'), chunks: {} }
      changed()
      send(exchange, 201)
    },

    async PUT(exchange: Exchange) {
      const { uid, chunk = '', upload } = find(exchange)
      destinationOf(exchange)
      if (!/^\d{1,5}$/.test(chunk) || Number(chunk) < 1 || Number(chunk) > 10_000) {
        throw badRequest('Invalid chunk name, must be numeric between 1 and 10000')
      }
      store.requireRoom(uid, Number(headerOf(exchange, 'oc-total-length') ?? headerOf(exchange, 'content-length') ?? 0))
      const stored = await blobs.write(exchange.request)
      const before = upload.chunks[chunk]
      if (before) await blobs.remove(before.blob)
      upload.chunks[chunk] = { blob: stored.blob, size: stored.size }
      changed()
      send(exchange, 201)
    },

    async GET(exchange: Exchange) {
      const { chunk = '', upload } = find(exchange)
      const stored = upload.chunks[chunk]
      if (!stored) throw notFound()
      exchange.response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': stored.size })
      await pipeline(blobs.read(stored.blob), exchange.response).catch(() => undefined)
    },

    async PROPFIND(exchange: Exchange) {
      const wanted = wantedOf(await readDocument(exchange))
      const { uid, id, upload } = find(exchange)
      const chunks = headerOf(exchange, 'depth') === '0' ? [] : inOrder(upload).map((one) => chunkOf(uid, id, one))
      sendMultistatus(exchange, [folderOf(uid, id), ...chunks], { wanted })
    },

    async DELETE(exchange: Exchange) {
      const { key, chunk, upload } = find(exchange)
      const gone = chunk === undefined ? Object.keys(upload.chunks) : [chunk]
      for (const name of gone) {
        const { blob } = upload.chunks[name] ?? {}
        if (!blob) throw notFound()
        await blobs.remove(blob)
        delete upload.chunks[name]
      }
      if (chunk === undefined) delete uploads[key]
      changed()
      send(exchange, 204)
    },

    async MOVE(exchange: Exchange) {
      const { uid, key, chunk, upload } = find(exchange)
      if (chunk !== '.file') throw notFound()
      // The condition is held against the assembled file, which is always there.
      if (headerOf(exchange, 'if-none-match') !== undefined) throw preconditionFailed()
      const to = destinationNames(exchange, ['files', uid])
      const existing = shares.locate(uid, to)
      requireIfHeader(exchange, existing?.node)
      if (existing && !overwrites(exchange))
        throw preconditionFailed('The destination node already exists, and the overwrite header is set to false')
      const parent = store.parentOf(shares.placeOf(uid), to, 409)
      const chunks = inOrder(upload).map(([, one]) => one)
      const size = chunks.reduce((sum, one) => sum + one.size, 0)
      const total = headerOf(exchange, 'oc-total-length')
      if (total !== undefined && Number(total) !== size)
        throw badRequest(`Chunks on server do not sum up to ${total} but to ${size} bytes`)
      store.requireRoom(parent.node.owner, size - (existing?.node.size ?? 0))
      const stored = await blobs.write(Readable.from(contentOf(chunks.map(({ blob }) => blobs.path(blob)))))
      const mtime = modifiedOf(exchange)
      const checksum = headerOf(exchange, 'oc-checksum') ?? null
      const node = store.keep(parent, to.at(-1) ?? '', existing?.node, { ...stored, checksum, modified: mtime })
      await Promise.all(chunks.map(({ blob }) => blobs.remove(blob)))
      delete uploads[key]
      changed()
      send(exchange, existing ? 204 : 201, {
        ...{ etag: quoted(node.etag), 'oc-etag': quoted(node.etag), 'oc-fileid': globalIdOf(node) },
        ...(mtime !== undefined && { 'x-oc-mtime': 'accepted' }),
      })
    },
  }
}

async function* contentOf(paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths) yield* createReadStream(path) as AsyncIterable<Buffer>
}
