import type { Readable } from 'node:stream'
import { notFound } from '#platform/errors.ts'
import { attachmentsOf } from '../sync/body-parts.ts'
import { attachmentDisposition, harmlessContentType } from './content-disposition.ts'
import type { MessageSource } from './message-source.ts'
import type { MessageStore } from './message-store.ts'

export type Download = { stream: Readable; contentType: string; disposition: string }

export type Attachments = ReturnType<typeof createAttachments>

/** What a message carries, streamed from its server; nothing of it is kept here. */
export function createAttachments({ store, source }: { store: MessageStore; source: MessageSource }) {
  return {
    /** The message as it was sent. @throws AppError `not_found` and what MessageSource throws. */
    async openRaw(ownerId: string, messageId: string, signal: AbortSignal): Promise<Download> {
      const message = await store.find(ownerId, messageId)
      if (!message) throw notFound('message')
      return {
        stream: await source.open(ownerId, message, { signal }),
        contentType: 'message/rfc822',
        disposition: attachmentDisposition(`${message.subject.slice(0, 100) || 'message'}.eml`),
      }
    },

    /** One attachment, decoded. @throws AppError `not_found` and what MessageSource throws. */
    async open(ownerId: string, messageId: string, attachmentId: string, signal: AbortSignal): Promise<Download> {
      const message = await store.find(ownerId, messageId)
      if (!message) throw notFound('message')
      const part = attachmentsOf(message.parts).find((candidate) => candidate.part === attachmentId)
      if (!part) throw notFound('attachment')
      return {
        stream: await source.open(ownerId, message, { part: part.part, signal }),
        contentType: harmlessContentType(part.type, part.charset),
        disposition: attachmentDisposition(part.filename),
      }
    },
  }
}
