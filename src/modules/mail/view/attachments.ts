import { Readable } from 'node:stream'
import { notFound } from '#platform/errors.ts'
import { attachmentDisposition, harmlessContentType } from '#platform/http/content-disposition.ts'
import type { MessageStore, StoredMessage } from '../reading/message-store.ts'
import type { MessageSource } from '../source/message-source.ts'
import { attachmentsOf, type MessagePart } from '../sync/body-parts.ts'
import { partOf, partsByNumber } from './enclosed-structure.ts'
import { type TnefFile, tnefFileBytes } from './tnef.ts'
import type { ViewStore } from './view-store.ts'

export type Download = { stream: Readable; contentType: string; disposition: string }

export type Attachments = ReturnType<typeof createAttachments>

/** What a message carries, streamed from its server; nothing of it is kept here. */
export function createAttachments(deps: { messages: MessageStore; views: ViewStore; source: MessageSource }) {
  const { messages, views, source } = deps

  async function find(ownerId: string, messageId: string): Promise<StoredMessage> {
    const message = await messages.find(ownerId, messageId)
    if (!message) throw notFound('message')
    return message
  }

  /** A file within a winmail.dat, `2~1`. */
  async function openWithin(
    ownerId: string,
    message: StoredMessage,
    id: string,
    signal: AbortSignal,
  ): Promise<Download> {
    const [number = '', index] = id.split('~')
    const facts = await views.facts(ownerId, message.id)
    const container = facts?.details?.tnef.find(({ part }) => part === number)
    const file: TnefFile | undefined = container?.files[Number(index) - 1]
    if (!file) throw notFound('attachment')
    const stream = await source.open(ownerId, message, { part: number, signal })
    return {
      stream: Readable.from(tnefFileBytes(stream, file), { objectMode: false }),
      contentType: harmlessContentType(file.content_type, null),
      disposition: attachmentDisposition(file.filename),
    }
  }

  /** A part of the message, or of one that it encloses. */
  async function findPart(
    ownerId: string,
    message: StoredMessage,
    id: string,
    signal: AbortSignal,
  ): Promise<MessagePart> {
    const own = attachmentsOf(message.parts).find((part) => part.part === id)
    if (own) return own
    const isWithin = message.parts.some(({ type, part }) => type === 'message/rfc822' && id.startsWith(`${part}.`))
    const structure = isWithin ? await source.structure(ownerId, message, signal) : undefined
    const node = structure && partsByNumber(structure).get(id)
    const part = node && partOf(id, node)
    if (!part) throw notFound('attachment')
    return part
  }

  return {
    /** The message as it was sent. @throws AppError `not_found` and what MessageSource throws. */
    async openRaw(ownerId: string, messageId: string, signal: AbortSignal): Promise<Download> {
      const message = await find(ownerId, messageId)
      return {
        stream: await source.open(ownerId, message, { signal }),
        contentType: 'message/rfc822',
        disposition: attachmentDisposition(`${message.subject.slice(0, 100) || 'message'}.eml`),
      }
    },

    /**
     * One attachment, decoded: of the message, of one that it encloses, or within its winmail.dat.
     * @throws AppError `not_found` and what MessageSource throws.
     */
    async open(ownerId: string, messageId: string, attachmentId: string, signal: AbortSignal): Promise<Download> {
      const message = await find(ownerId, messageId)
      if (attachmentId.includes('~')) return openWithin(ownerId, message, attachmentId, signal)
      const part = await findPart(ownerId, message, attachmentId, signal)
      return {
        stream: await source.open(ownerId, message, { part: part.part, signal }),
        contentType: harmlessContentType(part.type, part.charset),
        disposition: attachmentDisposition(part.filename),
      }
    },
  }
}
