import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import { discard } from '#integrations/upstream/upstream-http.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { ObjectReferences } from '#platform/objects/orphan-collection.ts'
import type { Items } from '../items/items.ts'
import { type PreviewRow, previewStore as store } from './preview-store.ts'

/** The longer side in pixels; a front end that asks for any number would fill the cache. */
export const previewSizes = [64, 128, 256, 512, 1024, 2048] as const
export const previewFits = ['contain', 'cover'] as const
export type PreviewRequest = {
  size: (typeof previewSizes)[number]
  fit: (typeof previewFits)[number]
  ifNoneMatch: string | undefined
  signal: AbortSignal
}
/** `content` is undefined where the client has it already. */
export type Preview = { etag: string; contentType: string; content: Buffer | undefined }

const maxBytes = 8 * 1024 * 1024
const prefix = 'drive/previews/'

export type Previews = ReturnType<typeof createPreviews>

/** Pictures of files, made by Nextcloud once for each version and size. */
export function createPreviews(deps: { database: Database; nextcloud: Nextcloud; objects: Objects; items: Items }) {
  const { database, nextcloud, objects, items } = deps

  async function make(ownerId: string, fileId: number, { size, fit, signal }: PreviewRequest) {
    const { dav } = await nextcloud.as(ownerId)
    const query = new URLSearchParams({
      ...{ fileId: String(fileId), x: String(size), y: String(size), a: fit === 'contain' ? '1' : '0' },
      ...{ mode: fit === 'contain' ? 'fill' : 'cover', forceIcon: '0' },
    })
    const path = `/index.php/core/preview?${query}`
    const answer = await dav.send({ method: 'GET', path, signal, accept: [400, 404] })
    const contentType = (answer.headers['content-type'] ?? '').split(';')[0] ?? ''
    const isPicture = answer.status === 200 && /^image\/(jpeg|png|webp|gif|avif)$/.test(contentType)
    if (!isPicture || Number(answer.headers['content-length'] ?? 0) > maxBytes) {
      await discard(answer)
      throw noPreview()
    }
    return { contentType, content: await bounded(answer.body) }
  }

  async function kept(row: PreviewRow | undefined, etag: string): Promise<Buffer | undefined> {
    if (row?.etag !== etag) return undefined
    const found = await objects.get(row.object)
    return found && buffer(found.content)
  }

  return {
    /** @throws AppError `not_found`, `drive.no_preview` */
    async get(ownerId: string, id: string, request: PreviewRequest): Promise<Preview> {
      const item = await items.get(ownerId, id)
      if (!item.hasPreview) throw noPreview()
      const variant = `${request.size}-${request.fit}`
      const etag = etagOf(item.etag, variant)
      const key = { ownerId, fileId: item.fileId, variant }
      const row = await store.find(database, key)
      const contentType = row?.contentType ?? 'image/jpeg'
      if (request.ifNoneMatch?.includes(etag)) return { etag, contentType, content: undefined }
      const content = await kept(row, item.etag)
      if (content) {
        await store.touch(database, key)
        return { etag, contentType, content }
      }
      const made = await make(ownerId, item.fileId, request)
      const object = `${prefix}${ownerId}/${newId()}`
      await objects.put(object, made.content)
      await store.put(database, key, { etag: item.etag, object, contentType: made.contentType })
      return { etag, ...made }
    },

    removeUnused: () => store.removeUnused(database),
    references: {
      prefix,
      isReferenced: (keys: string[]) => store.referenced(database, keys),
    } satisfies ObjectReferences,
  }
}

async function bounded(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > maxBytes) throw noPreview()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const etagOf = (etag: string, variant: string): string =>
  `"${createHash('sha256').update(`${etag} ${variant}`).digest('base64url').slice(0, 22)}"`

const noPreview = () =>
  new AppError('not_found', 'drive.no_preview', 'There is no picture of this file; show a symbol for its kind.')
