import type { MessageStructureObject } from 'imapflow'
import { cleanLine } from './clean-text.ts'

export { decodeText } from './decode-text.ts'

/** One leaf of a message's MIME tree as BODYSTRUCTURE tells it (RFC 3501 §7.4.2); the form kept in `mail_message.parts`. */
export type MessagePart = {
  /** The section to fetch, `1.2`. */
  part: string
  /** In lower case, `text/plain`. */
  type: string
  /** Content-Transfer-Encoding in lower case. */
  encoding: string
  charset: string | null
  /** Bytes on the wire, encoded. */
  size: number
  disposition: 'inline' | 'attachment' | null
  filename: string | null
  /** Content-ID without angle brackets. */
  cid: string | null
}

/** More parts than any person sends; a bomb's remaining parts are not listed. */
const maxParts = 500

/**
 * The leaves of a MIME tree in reading order. An enclosed message (message/rfc822) is one leaf: its own parts are not
 * this message's. Walks without recursion and stops after 500 parts, whatever the tree looks like.
 */
export function flattenStructure(structure: MessageStructureObject | undefined): MessagePart[] {
  const leaves: MessagePart[] = []
  const waiting = structure ? [structure] : []
  for (let node = waiting.pop(); node && leaves.length < maxParts; node = waiting.pop()) {
    if (node.type.startsWith('multipart/')) waiting.push(...(node.childNodes ?? []).slice(0, maxParts).reverse())
    else leaves.push(leafOf(node))
  }
  return leaves
}

/**
 * The parts that are shown as the body: the first plain text and the first HTML that came without a name. A single
 * named text, as some scanners send it, is a body too.
 */
export function textPartsOf(parts: MessagePart[]): { text?: MessagePart; html?: MessagePart } {
  const bodies = parts.filter((part) => isBody(part) || (parts.length === 1 && part.disposition !== 'attachment'))
  const text = bodies.find((part) => part.type === 'text/plain')
  const html = bodies.find((part) => part.type === 'text/html')
  return { ...(text && { text }), ...(html && { html }) }
}

/** Everything that is not the body: attachments, inline images, enclosed messages, further texts. Nothing is lost. */
export function attachmentsOf(parts: MessagePart[]): MessagePart[] {
  const { text, html } = textPartsOf(parts)
  return parts.filter((part) => part !== text && part !== html)
}

/** Whether a list shows a paper clip: not for images inside the text, signatures, or the footers of mailing lists. */
export function hasAttachments(parts: MessagePart[]): boolean {
  return attachmentsOf(parts).some(
    (part) => !signatures.has(part.type) && (part.disposition === 'attachment' || !(part.cid || isUnnamedText(part))),
  )
}

const signatures = new Set([
  'application/pgp-signature',
  'application/pkcs7-signature',
  'application/x-pkcs7-signature',
])

const isUnnamedText = (part: MessagePart) => part.type.startsWith('text/') && part.filename === null
const isBody = (part: MessagePart) => isUnnamedText(part) && part.disposition !== 'attachment'

function leafOf(node: MessageStructureObject): MessagePart {
  const disposition = node.disposition?.toLowerCase()
  const filename = node.dispositionParameters?.filename ?? node.parameters?.name
  const charset = node.parameters?.charset
  return {
    // A message that is no multipart has one part, and its number is 1 (RFC 3501 §6.4.5).
    part: node.part || '1',
    type: cleanLine(node.type.toLowerCase(), 200),
    encoding: cleanLine(node.encoding?.toLowerCase() || '7bit', 40),
    charset: charset ? cleanLine(charset.toLowerCase(), 60) : null,
    size: Math.max(0, node.size ?? 0),
    disposition: disposition === 'inline' || disposition === 'attachment' ? disposition : null,
    filename: filename ? cleanLine(filename, 255) || null : null,
    cid: node.id ? cleanLine(node.id, 500).replace(/^<|>$/g, '') || null : null,
  }
}
