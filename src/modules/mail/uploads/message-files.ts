import type { Database } from '#platform/database/database.ts'
import type { CompositionAttachment } from '../outbox/composition.ts'
import type { MailPolicies } from '../policies.ts'
import type { StoredMessage } from '../reading/message-store.ts'
import type { MessageSource } from '../source/message-source.ts'
import { toUpstreamError } from '../source/upstream-error.ts'
import { attachmentsOf, type MessagePart } from '../sync/body-parts.ts'
import type { Uploads } from './uploads.ts'

export type MessageFiles = ReturnType<typeof createMessageFiles>

/** Copies what a message carries into files to be attached, streamed from its mail server. */
export function createMessageFiles(deps: {
  database: Database
  source: MessageSource
  uploads: Uploads
  policies?: Pick<MailPolicies, 'requireAttachment'> | undefined
}) {
  const { database, source, uploads, policies } = deps
  return {
    /**
     * Parts of the message; `images` are the Content-IDs of those that an HTML shows.
     * @throws AppError `request_body_too_large`, `mail.attachment_type_not_allowed`, `mail.attachment_storage_full`,
     *   and what MessageSource throws.
     */
    async copy(
      ownerId: string,
      message: StoredMessage,
      wanted: {
        parts: readonly MessagePart[]
        images: ReadonlyMap<MessagePart, string>
        /** Their owner has them already, in a draft: there is no limit. */
        isOwned?: boolean
        signal: AbortSignal
      },
    ): Promise<CompositionAttachment[]> {
      const { parts, images, isOwned, signal } = wanted
      const copied: CompositionAttachment[] = []
      for (const part of parts) {
        const contentId = images.get(part)
        const file = {
          content: await source.open(ownerId, message, { part: part.part, signal }),
          filename: part.filename ?? undefined,
          contentType: part.type,
          ...(isOwned && { isOwned, maxBytes: Number.POSITIVE_INFINITY }),
          whenBroken: toUpstreamError,
        }
        copied.push(await uploads.attach(ownerId, { ...file, ...(contentId && { contentId }) }))
      }
      return copied
    },

    /** The message as it was sent, with all that it carries. @throws as `copy`. */
    async copyWhole(ownerId: string, message: StoredMessage, signal: AbortSignal): Promise<CompositionAttachment> {
      await requireParts({ database, policies }, ownerId, message)
      const content = await source.open(ownerId, message, { signal })
      const filename = `${message.subject.slice(0, 100) || 'message'}.eml`
      return uploads.attach(ownerId, { content, filename, contentType: 'message/rfc822', whenBroken: toUpstreamError })
    },
  }
}

/** What goes out within a message is held to what is allowed as what is attached by itself. */
export async function requireParts(
  { database, policies }: { database: Database; policies?: Pick<MailPolicies, 'requireAttachment'> | undefined },
  ownerId: string,
  message: StoredMessage,
): Promise<void> {
  for (const { filename, size, encoding } of attachmentsOf(message.parts)) {
    // Sizes of parts are those of their encoded form: a line of base64 is 78 bytes for 57 (RFC 2045 §6.8).
    const sizeBytes = encoding === 'base64' ? Math.floor((size * 57) / 78) : size
    await policies?.requireAttachment(database, ownerId, { filename: filename ?? '', sizeBytes })
  }
}
