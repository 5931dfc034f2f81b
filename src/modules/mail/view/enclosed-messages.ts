import type { MessageAddressObject, MessageEnvelopeObject, MessageStructureObject } from 'imapflow'
import { AppError, notFound } from '#platform/errors.ts'
import { noHtmlFacts } from '../html/html-sanitizer.ts'
import type { MessageStore, StoredMessage } from '../reading/message-store.ts'
import type { Address } from '../reading/wire.ts'
import type { MessageSource } from '../source/message-source.ts'
import { decodeText, type MessagePart, textPartsOf } from '../sync/body-parts.ts'
import { cleanLine } from '../sync/clean-text.ts'
import { cleanHtml } from './clean-bodies.ts'
import { enclosedParts, partsByNumber } from './enclosed-structure.ts'
import type { MessagePresentation } from './message-presentation.ts'
import type { EnclosedMessage } from './message-wire.ts'
import { shownAttachments } from './shown-attachments.ts'

const maxLineLength = 1000
const maxAddresses = 500

export type EnclosedMessages = ReturnType<typeof createEnclosedMessages>

/** Messages that others enclose (message/rfc822), opened in their place: as much is fetched as is shown. */
export function createEnclosedMessages(deps: {
  messages: MessageStore
  source: MessageSource
  present: MessagePresentation
}) {
  const { messages, source, present } = deps
  return {
    /**
     * @throws AppError `not_found`, `mail.not_a_message` for an attachment that is none or that its server cannot take
     *   apart, and what MessageSource throws.
     */
    async view(
      ownerId: string,
      { messageId, attachmentId }: { messageId: string; attachmentId: string },
      { signal, withRemoteImages }: { signal: AbortSignal; withRemoteImages: boolean },
    ): Promise<EnclosedMessage> {
      const message = await messages.find(ownerId, messageId)
      if (!message) throw notFound('message')
      const { envelope, parts } = await takeApart(ownerId, message, attachmentId, signal)
      const body = await fetchBody(ownerId, message, parts, signal)
      const { html, facts } =
        body.html === null
          ? { html: null, facts: noHtmlFacts }
          : cleanHtml(`${messageId}${attachmentId}`, parts, body.html)
      const clean = { text: body.text, html, facts, isTruncated: body.isTruncated || facts.isTruncated }
      return {
        ...headOf(envelope),
        body: present.shownBody(clean, { ownerId, messageId, withRemoteImages }),
        attachments: shownAttachments(parts, []),
      }
    },
  }

  async function takeApart(ownerId: string, message: StoredMessage, attachmentId: string, signal: AbortSignal) {
    const own = message.parts.find(({ part }) => part === attachmentId || attachmentId.startsWith(`${part}.`))
    if (!own) throw notFound('attachment')
    if (own.type !== 'message/rfc822') throw notAMessage()
    const structure = await source.structure(ownerId, message, signal)
    const leaves = structure ? partsByNumber(structure) : new Map<string, MessageStructureObject>()
    const node = leaves.get(attachmentId)
    if (!node) throw notFound('attachment')
    const [enclosed] = node.type === 'message/rfc822' ? (node.childNodes ?? []) : []
    if (!enclosed) throw notAMessage()
    return { envelope: node.envelope, parts: enclosedParts(leaves, attachmentId) }
  }

  async function fetchBody(
    ownerId: string,
    message: { id: string; mail_account_id: string },
    parts: MessagePart[],
    signal: AbortSignal,
  ) {
    const { text, html } = textPartsOf(parts)
    const wanted = [text, html].filter((part) => part !== undefined)
    const { texts } = await source.fetch(ownerId, message, { parts: wanted, headers: [], signal })
    const decoded = (part: MessagePart | undefined) => {
      const bytes = part && texts.get(part.part)
      return part && bytes ? decodeText(bytes, part) : null
    }
    const isTruncated = wanted.some((part) => part.size > (texts.get(part.part)?.length ?? 0))
    return { text: decoded(text), html: decoded(html), isTruncated }
  }
}

const headOf = (envelope: MessageEnvelopeObject = {}) => ({
  subject: cleanLine(envelope.subject ?? '', maxLineLength),
  from: addresses(envelope.from)[0] ?? { name: '', email: '' },
  to: addresses(envelope.to),
  cc: addresses(envelope.cc),
  sent_at: timeOf(envelope.date),
  message_id_header: cleanLine(envelope.messageId ?? '', maxLineLength) || null,
})

const addresses = (list: MessageAddressObject[] = []): Address[] =>
  list
    .slice(0, maxAddresses)
    .map(({ name, address }) => ({ name: cleanLine(name ?? '', maxLineLength), email: cleanLine(address ?? '', 320) }))

function timeOf(date: Date | string | undefined): string | null {
  const time = new Date(date ?? Number.NaN)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}

const notAMessage = () =>
  new AppError(
    'unprocessable',
    'mail.not_a_message',
    'This attachment cannot be opened as a message; download it instead.',
  )
