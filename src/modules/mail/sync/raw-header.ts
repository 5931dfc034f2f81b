import type { MessageAddressObject, MessageEnvelopeObject } from 'imapflow'
import libmime from 'libmime'
import addressparser from 'nodemailer/lib/addressparser'
import type { MessagePart } from './body-parts.ts'
import { decodeText } from './decode-text.ts'

const maxHeaderBytes = 64_000

/**
 * An envelope read again from the raw header. Senders of raw 8-bit text (against RFC 5322 §2.2) use the charset of
 * their body; the server's ENVELOPE has lost those bytes on its way through a UTF-8 parser.
 */
export function readRawHeader(
  envelope: MessageEnvelopeObject,
  header: Buffer,
  parts: readonly MessagePart[],
): MessageEnvelopeObject {
  const charset = parts.find((part) => part.type.startsWith('text/') && part.charset)?.charset ?? null
  const fields = fieldsOf(header, charset)
  const addresses = (name: string, fallback: MessageAddressObject[] | undefined) => {
    const list = addressparser(fields.get(name) ?? '', { flatten: true })
    const read = list.map((one) => ({ name: libmime.decodeWords(one.name ?? ''), address: one.address ?? '' }))
    return read.length > 0 ? { [fieldOf[name] ?? name]: read } : fallback && { [fieldOf[name] ?? name]: fallback }
  }
  const subject = fields.get('subject')
  return {
    ...envelope,
    ...(subject !== undefined && { subject: libmime.decodeWords(subject) }),
    ...addresses('from', envelope.from),
    ...addresses('to', envelope.to),
    ...addresses('cc', envelope.cc),
    ...addresses('bcc', envelope.bcc),
    ...addresses('reply-to', envelope.replyTo),
  }
}

const fieldOf: Readonly<Record<string, string>> = { 'reply-to': 'replyTo' }

/** The first field of each name, unfolded (RFC 5322 §2.2.3). */
function fieldsOf(header: Buffer, charset: string | null): Map<string, string> {
  const fields = new Map<string, string>()
  const lines = header
    .subarray(0, maxHeaderBytes)
    .toString('latin1')
    .replace(/\r?\n[ \t]/g, ' ')
    .split(/\r?\n/)
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase()
    const value = Buffer.from(line.slice(colon + 1).trim(), 'latin1')
    if (colon > 0 && !fields.has(name)) fields.set(name, decodeText(value, { encoding: '8bit', charset }))
  }
  return fields
}
