import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Response } from 'undici'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import type { GuardedFetch } from '#platform/network/guarded-fetch.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { ObjectReferences } from '#platform/objects/orphan-collection.ts'
import type { Logger } from '#platform/observability/log.ts'
import { formatBytes, imageTypeOf } from './image-formats.ts'
import { type KeptImage, remoteImageStore } from './remote-image-store.ts'

const maxBytes = 10 * 1024 * 1024
const maxRedirects = 5
const deadlineMs = 15_000
/** What is kept for one owner, and for how long. */
const maxKeptBytes = 200 * 1024 * 1024
const maxKeptDays = 14

export type OpenImage = { stream: Readable; contentType: string; sizeBytes: number }

export type RemoteImageDeps = { http: GuardedFetch; database: Database; objects: Objects; log: Logger }

export type RemoteImages = ReturnType<typeof createRemoteImages>

/**
 * Images that senders keep on servers of their own, fetched for the reader: those servers see this one, no cookie and
 * no page that they come from, and each image once. Only images by their first bytes, of at most 10 MiB.
 */
export function createRemoteImages(deps: RemoteImageDeps) {
  const { database, objects } = deps
  const underway = new Map<string, Promise<KeptImage>>()

  function fetchOnce(ownerId: string, address: string, hash: Buffer): Promise<KeptImage> {
    const key = `${ownerId} ${hash.toString('hex')}`
    const known = underway.get(key)
    if (known) return known
    const fetched = fetchAndKeep(deps, ownerId, address, hash).finally(() => underway.delete(key))
    underway.set(key, fetched)
    return fetched
  }

  async function openKept(image: KeptImage): Promise<OpenImage | undefined> {
    const found = await objects.get(image.object)
    return found && { stream: found.content, contentType: image.contentType, sizeBytes: found.size }
  }

  return {
    /**
     * @throws AppError `upstream_unavailable`, `upstream_timeout`, `mail.remote_image_refused` for what is no image that
     *   may be shown, `object_store_unavailable`.
     */
    async open(ownerId: string, address: string): Promise<OpenImage> {
      const hash = createHash('sha256').update(address).digest()
      const kept = await remoteImageStore.find(database, ownerId, hash)
      const opened = (kept && (await openKept(kept))) ?? (await openKept(await fetchOnce(ownerId, address, hash)))
      if (!opened) throw unavailable()
      return opened
    },
  }
}

async function fetchAndKeep(deps: RemoteImageDeps, ownerId: string, address: string, hash: Buffer): Promise<KeptImage> {
  const { database, objects } = deps
  const response = await fetchFollowing(deps.http, address, AbortSignal.timeout(deadlineMs)).catch((error) => {
    throw fetchFault(error)
  })
  const object = `remote-images/${ownerId}/${newId()}`
  const image = await store(objects, object, response)
  await remoteImageStore.keep(database, ownerId, hash, image)
  for (const old of await remoteImageStore.trim(database, ownerId, maxKeptBytes)) await objects.delete(old)
  return image
}

/** Each hop is looked at by the guard: undici's own redirects would go wherever they are sent. */
async function fetchFollowing(http: GuardedFetch, address: string, signal: AbortSignal): Promise<Response> {
  let url = address
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await http.fetch(url, {
      signal,
      headers: {
        accept: 'image/avif,image/webp,image/png,image/jpeg,image/gif,image/*;q=0.8',
        'user-agent': 'Mozilla/5.0 (Ulti image proxy)',
      },
    })
    const location = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || location === null) return response
    await response.body?.cancel()
    if (!URL.canParse(location, url)) throw refused()
    url = new URL(location, url).href
    if (!/^https?:/.test(url)) throw refused()
  }
  throw refused()
}

async function store(objects: Objects, object: string, response: Response): Promise<KeptImage> {
  if (response.status !== 200 || !response.body) {
    await response.body?.cancel()
    throw response.status >= 500 ? unavailable() : refused()
  }
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) {
    await response.body.cancel()
    throw refused()
  }
  const found: { type?: string } = {}
  const { size } = await objects
    .put(object, Readable.from(checked(response.body, found), { objectMode: false }))
    .catch((error) => {
      throw fetchFault(error)
    })
  return { object, contentType: found.type ?? 'application/octet-stream', sizeBytes: size }
}

/** The bytes as they come, as long as they are those of an image that is not too large. */
async function* checked(body: AsyncIterable<Uint8Array>, found: { type?: string }): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0)
  let total = 0
  for await (const bytes of body) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    total += chunk.length
    if (total > maxBytes) throw refused()
    if (start === undefined) {
      yield chunk
      continue
    }
    start = Buffer.concat([start, chunk])
    if (start.length < formatBytes) continue
    yield known(start, found)
    start = undefined
  }
  if (start !== undefined) yield known(start, found)
}

function known(start: Buffer, found: { type?: string }): Buffer {
  const type = imageTypeOf(start)
  if (type === undefined) throw refused()
  found.type = type
  return start
}

function fetchFault(error: unknown): AppError {
  const { name, cause } = error as { name?: string; cause?: unknown }
  if (error instanceof AppError && error.code !== 'host_forbidden') return error
  // The guard's word, thrown as it is for an address and as fetch's cause for a name.
  if (error instanceof AppError || cause instanceof AppError) return refused(error)
  if (name === 'TimeoutError' || /TIMEOUT/.test(String((cause as { code?: string } | undefined)?.code))) {
    return new AppError('upstream_timeout', 'upstream_timeout', 'The server of the image took too long to answer.', {
      cause: error,
    })
  }
  return unavailable(error)
}

const refused = (cause?: unknown) =>
  new AppError('unprocessable', 'mail.remote_image_refused', 'There is no image at that address that may be shown.', {
    cause,
  })

const unavailable = (cause?: unknown) =>
  new AppError('upstream_unavailable', 'upstream_unavailable', 'The server of the image does not answer.', { cause })

/** Forgets what was fetched long ago. */
export const remoteImageSweep = ({ database, objects }: Pick<RemoteImageDeps, 'database' | 'objects'>): Sweep => ({
  name: 'mail.remote_images',
  everySeconds: 3600,
  async run() {
    for (const object of await remoteImageStore.expire(database, maxKeptDays, 2000)) await objects.delete(object)
  },
})

/** Kept images, `remote-images/<owner>/<id>`, are in use as long as their row is there. */
export const remoteImageObjects = (database: Database): ObjectReferences => ({
  prefix: 'remote-images/',
  async isReferenced(keys) {
    const objects = keys.map((object) => ({ ownerId: object.split('/')[1] ?? '', object }))
    return new Set(await remoteImageStore.objectsOf(database, objects))
  },
})
