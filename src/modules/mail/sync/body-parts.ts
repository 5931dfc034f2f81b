import type { BodyLeaf } from '#integrations/imap/fetch/body-structure.ts'
import { cleanLine } from './clean-text.ts'
import { readParameters } from './mime-parameters.ts'

export { decodeText } from './decode-text.ts'

/** Encoded bytes fetched of one part. */
export const maxPartBytes = 256 * 1024

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
  /** What an S/MIME part holds (RFC 8551 §3.2.2), where it says so. */
  smime?: string
}

/** The leaves of a message's MIME tree in reading order, fit to be stored. */
export const messageParts = (leaves: readonly BodyLeaf[]): MessagePart[] => leaves.map(partOf)

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

function partOf(leaf: BodyLeaf): MessagePart {
  const { disposition } = leaf
  const parameters = readParameters(leaf.parameters)
  const filename = readParameters(leaf.dispositionParameters).get('filename') ?? parameters.get('name')
  const charset = parameters.get('charset')
  const smime = /pkcs7-mime$/.test(leaf.type) ? parameters.get('smime-type') : undefined
  return {
    part: leaf.part,
    type: cleanLine(leaf.type, 200),
    encoding: cleanLine(leaf.encoding?.toLowerCase() || '7bit', 40),
    charset: charset ? cleanLine(charset.toLowerCase(), 60) : null,
    size: Math.max(0, leaf.size),
    disposition: disposition === 'inline' || disposition === 'attachment' ? disposition : null,
    filename: filename ? cleanLine(filename, 255) || null : null,
    cid: leaf.id ? cleanLine(leaf.id, 500).replace(/^<|>$/g, '') || null : null,
    ...(smime && { smime: cleanLine(smime.toLowerCase(), 40) }),
  }
}
