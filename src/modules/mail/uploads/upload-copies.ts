import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { type Answer, answered, once } from '#platform/http/idempotency.ts'
import { moduleDisabled } from '#platform/http/modules.ts'
import type { MailPolicies } from '../policies.ts'
import type { MessageStore } from '../reading/message-store.ts'
import type { MessageSource } from '../source/message-source.ts'
import { toUpstreamError } from '../source/upstream-error.ts'
import { attachmentsOf } from '../sync/body-parts.ts'
import type { DriveFiles } from './drive-files.ts'
import { requireParts } from './message-files.ts'
import type { Copied, CopyBody } from './upload-wire.ts'
import type { Uploads } from './uploads.ts'

export type UploadCopies = ReturnType<typeof createUploadCopies>

/** Files that lie somewhere here already, to be attached: in the drive, or in another message. */
export function createUploadCopies(deps: {
  transact: Transact
  uploads: Uploads
  messages: MessageStore
  source: MessageSource
  drive: DriveFiles | undefined
  maxBytes: number
  database: Database
  policies?: Pick<MailPolicies, 'requireAttachment'> | undefined
}) {
  const { transact, uploads, messages, source, drive, maxBytes } = deps

  async function fromDrive(ownerId: string, path: string): Promise<Copied> {
    if (!drive) throw moduleDisabled('drive')
    const file = await drive.open(ownerId, path)
    if (file.size <= maxBytes) {
      const { content, name: filename, contentType, size: sizeBytes } = file
      const incoming = { content, filename, contentType, sizeBytes, whenBroken: (error: unknown) => error }
      return { upload: await uploads.create(ownerId, incoming), link: null }
    }
    file.content.destroy()
    const { url, name, size } = await drive.shareLink(ownerId, path)
    return { upload: null, link: { url, name, size_bytes: size } }
  }

  async function fromMessage(ownerId: string, messageId: string, part: string | undefined, signal: AbortSignal) {
    const message = await messages.find(ownerId, messageId)
    if (!message) throw notFound('message')
    if (part === undefined) {
      await requireParts(deps, ownerId, message)
      const content = await source.open(ownerId, message, { signal })
      const filename = `${message.subject.slice(0, 100) || 'message'}.eml`
      return uploads.create(ownerId, { content, filename, contentType: 'message/rfc822', whenBroken: toUpstreamError })
    }
    const attachment = attachmentsOf(message.parts).find((candidate) => candidate.part === part)
    if (!attachment) throw notFound('attachment')
    const content = await source.open(ownerId, message, { part, signal })
    return uploads.create(ownerId, {
      content,
      filename: attachment.filename ?? undefined,
      contentType: attachment.type,
      whenBroken: toUpstreamError,
    })
  }

  return {
    /**
     * Copies a file of the drive, or a message or a part of one. A file of the drive that is too large becomes a link.
     * @throws AppError `invalid_request_body`, `module_disabled`, `not_found`, `request_body_too_large`,
     *   `idempotency_key_reused`, and what MessageSource and the drive throw.
     */
    async create(
      ownerId: string,
      body: CopyBody,
      { idempotencyKey, signal }: { idempotencyKey: string | undefined; signal: AbortSignal },
    ): Promise<Answer<Copied>> {
      const request = { ownerId, scope: 'mail.upload_copies', key: idempotencyKey, body }
      const known = await transact((tx) => answered<Copied>(tx, request))
      if (known) return known
      const copied = await copy(ownerId, body, signal)
      return transact((tx) => once(tx, request, async () => ({ status: 201, body: copied })))
    },
  }

  async function copy(ownerId: string, body: CopyBody, signal: AbortSignal): Promise<Copied> {
    const { drive_path: path, message_id: messageId, part } = body
    if (path !== undefined && messageId === undefined && part === undefined) return fromDrive(ownerId, path)
    if (messageId !== undefined && path === undefined) {
      return { upload: await fromMessage(ownerId, messageId, part, signal), link: null }
    }
    throw new AppError(
      'invalid',
      'invalid_request_body',
      'The request is not valid: body must have either drive_path, or message_id with or without part.',
      { details: [{ path: 'body', message: 'must have either drive_path, or message_id with or without part' }] },
    )
  }
}
