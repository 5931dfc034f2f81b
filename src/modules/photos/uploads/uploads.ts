import type { Readable } from 'node:stream'
import { UploadChecks, Uploaded } from '#integrations/immich/immich-wire.ts'
import { type FormFile, uploadForm } from '#integrations/immich/upload-form.ts'
import { AppError } from '#platform/errors.ts'
import { harmlessContentType, harmlessName } from '#platform/http/content-disposition.ts'
import type { Libraries, Library } from '../account/library.ts'
import { createSha1Meter } from './sha1-meter.ts'

/** A part of an upload, read as it comes; a sidecar is the XMP file of a picture. */
export type IncomingPart = { kind: 'asset' | 'sidecar'; name: string; contentType: string; content: Readable }

export type UploadDetails = {
  taken_at?: string
  modified_at?: string
  is_favorite?: boolean
  visibility?: string
  /** The moving half of a live photo, which is uploaded first. */
  live_photo_video_id?: string
  /** In hexadecimal, where the sender knows it: a duplicate is not read at all then. */
  checksum_sha1?: string
}

export type IncomingUpload = {
  parts: AsyncIterable<IncomingPart> | Iterable<IncomingPart>
  details: UploadDetails
  /** Where there is one part and its length is known. */
  sizeBytes?: number | undefined
  signal: AbortSignal
}

export type UploadResult = {
  id: string
  state: 'created' | 'duplicate'
  checksum_sha1: string
  size_bytes: number | null
}

export type Uploads = ReturnType<typeof createUploads>

/** Pictures and videos on their way to Immich: never held here, hashed while they pass. */
export function createUploads({ libraries, now = () => new Date() }: { libraries: Libraries; now?: () => Date }) {
  async function check({ immich }: Library, assets: readonly { id: string; checksum: string }[]) {
    return (await immich.call(UploadChecks, 'POST', '/assets/bulk-upload-check', { body: { assets } })).results
  }

  /** The file that Immich has already, where the sender told which it is. */
  async function duplicateOf(library: Library, checksum: string | undefined): Promise<UploadResult | undefined> {
    if (checksum === undefined) return undefined
    const [known] = await check(library, [{ id: 'file', checksum }])
    if (known?.reason !== 'duplicate' || !known.assetId) return undefined
    return { id: known.assetId, state: 'duplicate', checksum_sha1: checksum.toLowerCase(), size_bytes: null }
  }

  function fieldsOf({ dialect }: Library, details: UploadDetails, name: string): Record<string, string> {
    const createdAt = details.taken_at ?? details.modified_at ?? now().toISOString()
    return {
      fileCreatedAt: createdAt,
      fileModifiedAt: details.modified_at ?? createdAt,
      filename: name,
      ...dialect.uploadFields({ name, createdAt }),
      ...(details.is_favorite !== undefined && { isFavorite: String(details.is_favorite) }),
      ...(details.visibility !== undefined && { visibility: details.visibility }),
      ...(details.live_photo_video_id !== undefined && { livePhotoVideoId: details.live_photo_video_id }),
    }
  }

  async function send(library: Library, upload: IncomingUpload): Promise<UploadResult> {
    const { details, sizeBytes, signal } = upload
    const meter = createSha1Meter()
    const first = await firstAsset(upload.parts)
    const file = { name: harmlessName(first.part.name), contentType: harmlessContentType(first.part.contentType, null) }
    const form = uploadForm(fieldsOf(library, details, file.name), formFiles(first, file, meter.through), {
      ...(sizeBytes !== undefined && { file: { ...file, sizeBytes } }),
    })
    const sent = await library.immich.upload(Uploaded, '/assets', form, signal).catch((error) => {
      throw meter.failure() ?? error
    })
    const state = sent.status === 'duplicate' ? 'duplicate' : 'created'
    return { id: sent.id, state, checksum_sha1: meter.digest(), size_bytes: meter.received() }
  }

  return {
    /**
     * @throws AppError `photos.checksum_mismatch`, `photos.too_large`, `photos.unsupported_format`, `quota_exceeded`,
     *   `invalid_request_body`, `client_closed_request`
     */
    async take(ownerId: string, upload: IncomingUpload): Promise<UploadResult> {
      const library = await libraries.of(ownerId)
      const expected = upload.details.checksum_sha1?.toLowerCase()
      const known = await duplicateOf(library, expected)
      if (known) return known
      const sent = await send(library, upload)
      if (expected === undefined || expected === sent.checksum_sha1) return sent
      // What came is not kept, unless it was there before.
      if (sent.state === 'created') {
        await library.immich.tell('DELETE', '/assets', { body: { ids: [sent.id], force: true } })
      }
      throw mismatch()
    },

    /** Which files Immich has already, by their SHA-1. */
    async check(ownerId: string, items: readonly { key: string; checksum_sha1: string }[]) {
      const asked = items.map(({ key, checksum_sha1 }) => ({ id: key, checksum: checksum_sha1 }))
      const results = await check(await libraries.of(ownerId), asked)
      return results.map(({ id, action, reason, assetId, isTrashed }) => ({
        key: id,
        state: action === 'accept' ? 'new' : reason === 'duplicate' ? 'duplicate' : 'unsupported',
        asset_id: assetId ?? null,
        is_trashed: isTrashed ?? false,
      }))
    },
  }
}

type First = { part: IncomingPart; rest: AsyncIterator<IncomingPart> | Iterator<IncomingPart> }

/** The picture itself; a sidecar may not come before it, since nobody holds it meanwhile. */
async function firstAsset(parts: IncomingUpload['parts']): Promise<First> {
  const rest = Symbol.asyncIterator in parts ? parts[Symbol.asyncIterator]() : parts[Symbol.iterator]()
  const { value, done } = await rest.next()
  if (done || value.kind !== 'asset') throw noFile()
  return { part: value, rest }
}

async function* formFiles(
  { part, rest }: First,
  file: { name: string; contentType: string },
  measure: (content: Readable) => Readable,
): AsyncGenerator<FormFile> {
  yield { field: 'assetData', ...file, content: measure(part.content) }
  for (;;) {
    const { value: next, done } = await rest.next()
    if (done) return
    if (next.kind !== 'sidecar') throw noFile()
    yield { field: 'sidecarData', name: `${file.name}.xmp`, contentType: 'application/rdf+xml', content: next.content }
  }
}

const noFile = () =>
  new AppError(
    'invalid',
    'invalid_request_body',
    'The request is not valid: body must have a file, then its sidecar.',
    {
      details: [{ path: 'body', message: 'must have a part "file", and perhaps a part "sidecar" after it' }],
    },
  )

const mismatch = () =>
  new AppError(
    'unprocessable',
    'photos.checksum_mismatch',
    'What arrived is not what checksum_sha1 announced, and was not kept; send it again.',
  )
