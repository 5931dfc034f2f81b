import type { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Database, Queryable, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { CompositionAttachment } from '../outbox/composition.ts'
import type { MailPolicies } from '../policies.ts'
import { requireAttachmentRoom, requireAttachmentsFit } from '../storage-room.ts'
import { blobStore } from './blob-store.ts'
import { createMeter, tooLarge } from './upload-meter.ts'
import { contentTypeOf, filenameOf } from './upload-name.ts'
import { createProgress } from './upload-progress.ts'
import { type UploadRow, uploadStore } from './upload-store.ts'
import { type NewUploadBody, type Upload, uploadOf } from './upload-wire.ts'

/** A file on its way here, whoever sends it. */
export type IncomingFile = {
  content: Readable
  filename?: string | undefined
  contentType?: string | undefined
  /** As announced; too large a file is refused before its first byte. */
  sizeBytes?: number | undefined
  /** Instead of the limit for what comes from outside. */
  maxBytes?: number | undefined
  /** What its owner has already, in a draft: held to policies when it is sent, and to no quota. */
  isOwned?: boolean | undefined
  /** What a failure of `content` is told as; by default, that the sender broke it off. */
  whenBroken?: ((error: unknown) => unknown) | undefined
}

export type UploadDeps = {
  database: Database
  transact: Transact
  events: Events
  objects: Objects
  log: Logger
  maxBytes: number
  policies?: MailPolicies | undefined
}

export type Uploads = ReturnType<typeof createUploads>

/** Files to be attached: streamed into the object store, those with the same bytes once for each owner. */
export function createUploads(deps: UploadDeps) {
  const { database, transact, objects, log, maxBytes } = deps

  const checkSize = (sizeBytes: number | undefined) => {
    if (sizeBytes !== undefined && sizeBytes > maxBytes) throw tooLarge(maxBytes)
  }

  /** A source may fail while nobody reads it yet: that is told once it is read. */
  const hold = ({ content }: IncomingFile) => void content.on('error', () => undefined)

  async function announce(
    ownerId: string,
    body: NewUploadBody,
    state: 'waiting' | 'receiving',
    { db = database, isOwned = false }: { db?: Queryable; isOwned?: boolean | undefined } = {},
  ) {
    checkSize(body.size_bytes)
    const filename = filenameOf(body.filename)
    if (!isOwned) await admit(db, ownerId, { filename, sizeBytes: body.size_bytes })
    const content_type = contentTypeOf(body.content_type, filename)
    return uploadStore.insert(db, ownerId, {
      id: newId(),
      filename,
      content_type,
      state,
      size_bytes: body.size_bytes ?? null,
    })
  }

  /** As far as it can be said before the bytes are here. */
  async function admit(db: Queryable, ownerId: string, file: { filename: string; sizeBytes: number | undefined }) {
    await deps.policies?.requireAttachment(db, ownerId, file)
    await requireAttachmentRoom(db, deps.policies, ownerId, file.sizeBytes ?? 0)
  }

  /** Takes the bytes of an upload. @returns the file as it is stored. */
  async function take(ownerId: string, upload: UploadRow, file: IncomingFile): Promise<UploadRow> {
    const object = `uploads/${ownerId}/${newId()}`
    const progress = createProgress(deps, ownerId, upload)
    const meter = createMeter({ maxBytes: file.maxBytes ?? maxBytes, onProgress: progress.report })
    try {
      await pass(file, meter.through, (content) => objects.put(object, content))
      await progress.end()
      return await keep(ownerId, upload, file, { object, sha256: meter.digest(), sizeBytes: meter.received })
    } catch (error) {
      await progress.end()
      await objects.delete(object).catch(() => undefined)
      await uploadStore
        .receive(database, ownerId, upload.id, { state: 'failed', receivedBytes: meter.received })
        .catch((fault) => log.warn({ upload_id: upload.id, err: fault }, 'a failed upload could not be noted'))
      throw error
    }
  }

  async function keep(
    ownerId: string,
    upload: UploadRow,
    file: IncomingFile,
    blob: { object: string; sha256: Buffer; sizeBytes: number },
  ): Promise<UploadRow> {
    const filename = file.filename === undefined ? upload.filename : filenameOf(file.filename)
    const contentType = file.contentType === undefined ? upload.content_type : contentTypeOf(file.contentType, filename)
    const kept = await transact(async (tx) => {
      // Of many a sender the size is known only now, and the name may have come with the bytes.
      if (!file.isOwned) await deps.policies?.requireAttachment(tx, ownerId, { filename, sizeBytes: blob.sizeBytes })
      const object = await blobStore.keep(tx, ownerId, blob)
      const stored = { object, sizeBytes: blob.sizeBytes, filename, contentType }
      const completed = await uploadStore.complete(tx, ownerId, upload.id, stored)
      if (completed && !file.isOwned) await requireAttachmentsFit(tx, deps.policies, ownerId)
      return completed ?? uploadStore.find(tx, ownerId, upload.id)
    })
    if (!kept) throw notFound('upload')
    // The owner has these bytes already; ours are read by nobody.
    if (kept.object !== blob.object) await objects.delete(blob.object).catch(() => undefined)
    return kept
  }

  async function create(ownerId: string, file: IncomingFile): Promise<UploadRow> {
    hold(file)
    const filename = filenameOf(file.filename)
    const { contentType: content_type, sizeBytes: size_bytes } = file
    const body = { filename, ...(content_type && { content_type }), ...(size_bytes !== undefined && { size_bytes }) }
    const upload = await announce(ownerId, body, 'receiving', file)
    return take(ownerId, upload, file)
  }

  return {
    /**
     * Makes an upload whose bytes are still to come.
     * @throws AppError `request_body_too_large`, `mail.attachment_storage_full`, `idempotency_key_reused`.
     */
    announce(ownerId: string, body: NewUploadBody, idempotencyKey?: string): Promise<Answer<Upload>> {
      const request = { ownerId, scope: 'mail.uploads', key: idempotencyKey, body }
      return transact((tx) =>
        once(tx, request, async () => ({
          status: 201,
          body: uploadOf(await announce(ownerId, body, 'waiting', { db: tx })),
        })),
      )
    },

    /** Takes the bytes of an announced upload; of one that is stored already they are not read. @throws AppError `not_found`, and as `create`. */
    async fill(ownerId: string, id: string, file: IncomingFile): Promise<Upload> {
      hold(file)
      const upload = await uploadStore.find(database, ownerId, id)
      if (!upload) throw notFound('upload')
      checkSize(file.sizeBytes)
      if (upload.state === 'stored') return uploadOf(upload)
      await uploadStore.receive(database, ownerId, id, { state: 'receiving', receivedBytes: 0 })
      return uploadOf(await take(ownerId, upload, file))
    },

    /**
     * Takes a file in one step; the same one under the same key is the first one.
     * @throws AppError `request_body_too_large`, `mail.attachment_type_not_allowed`, `mail.attachment_storage_full`,
     *   `idempotency_key_reused`.
     */
    async create(ownerId: string, file: IncomingFile, idempotencyKey?: string): Promise<Upload> {
      const upload = await create(ownerId, file)
      const { filename, object } = upload
      // Equal bytes of one owner are one object.
      const request = { ownerId, scope: 'mail.upload_content', key: idempotencyKey, body: { filename, object } }
      const answer = await transact((tx) => once(tx, request, async () => ({ status: 201, body: uploadOf(upload) })))
      if (answer.body.id !== upload.id) await uploadStore.delete(database, ownerId, upload.id)
      return answer.body
    },

    /** The same for a message that is being made. */
    async attach(ownerId: string, file: IncomingFile & { contentId?: string }): Promise<CompositionAttachment> {
      const upload = await create(ownerId, file)
      const stored = await transact((tx) => uploadStore.lockStored(tx, ownerId, [upload.id]))
      const attachment = stored.get(upload.id)
      if (!attachment) throw notFound('upload')
      return { ...attachment, ...(file.contentId !== undefined && { contentId: file.contentId }) }
    },

    /** @throws AppError `not_found`. */
    async view(ownerId: string, id: string): Promise<Upload> {
      const upload = await uploadStore.find(database, ownerId, id)
      if (!upload) throw notFound('upload')
      return uploadOf(upload)
    },

    /** The bytes of a stored upload. @throws AppError `not_found`. */
    async open(ownerId: string, id: string): Promise<{ upload: Upload; content: Readable; size: number }> {
      const upload = await uploadStore.find(database, ownerId, id)
      const found = upload?.object ? await objects.get(upload.object) : undefined
      if (!upload || !found) throw notFound('upload')
      return { upload: uploadOf(upload), content: found.content, size: found.size }
    },

    /** Messages that have the file keep it. @throws AppError `not_found`. */
    async delete(ownerId: string, id: string): Promise<void> {
      if (!(await uploadStore.delete(database, ownerId, id))) throw notFound('upload')
    },
  }
}

/** Reads a file through `through` into `put`. What stopped it is told, not what stopped because of that. */
async function pass(file: IncomingFile, through: Transform, put: (content: Readable) => Promise<unknown>) {
  const [stored, read] = await Promise.allSettled([put(through), pipeline(file.content, through)])
  if (stored.status === 'fulfilled' && read.status === 'fulfilled') return
  const reason = stored.status === 'rejected' ? stored.reason : read.status === 'rejected' && read.reason
  if (reason instanceof AppError) throw reason
  const isBroken = reason === file.content.errored || reason?.code === 'ERR_STREAM_PREMATURE_CLOSE'
  throw isBroken ? (file.whenBroken ?? brokenOff)(reason) : reason
}

const brokenOff = (cause: unknown) =>
  new AppError('invalid', 'client_closed_request', 'The file broke off; send it again.', { cause })
