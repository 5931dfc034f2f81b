import { createHash } from 'node:crypto'
import libmime from 'libmime'
import { fieldOf, type HeaderField, headerFields } from '../view/header-fields.ts'

/** A message as it is put into a folder. */
export type ImportedLetter = {
  bytes: Buffer
  /** SHA-256 of `bytes`. */
  hash: Buffer
  /** With its brackets, as listings have it; null for a message without. */
  messageIdHeader: string | null
  /** When it arrived, as far as it says. */
  receivedAt: Date | undefined
  flags: string[]
}

/** Fields that tell the state of a message in a mailbox file, and are no part of it. */
const stateFields =
  /^(status|x-status|x-uid|x-imap|x-imapbase|x-keywords|x-mozilla-(status2?|keys)|x-gmail-labels|x-gm-thrid)$/i
const maxKeywords = 30

/**
 * Reads a message out of a file: CRLF line ends, without the fields that a mailbox file adds for its state, which become
 * flags. Undefined for what is no message: it does not begin with a header field.
 * @param isRead what counts for a message that does not say it.
 */
export function readLetter(
  content: Buffer,
  { fromLine, isRead, now }: { fromLine: string; isRead: boolean; now: Date },
): ImportedLetter | undefined {
  const bytes = withCrlf(content)
  const headerEnd = endOfHeader(bytes)
  const header = bytes.subarray(0, headerEnd).toString('latin1')
  if (!/^[!-9;-~]{1,200}[ \t]*:/.test(header)) return undefined
  const fields = headerFields(header)
  const kept = withoutStateFields(header)
  const letter = Buffer.concat([Buffer.from(kept, 'latin1'), bytes.subarray(headerEnd)])
  return {
    bytes: letter,
    hash: createHash('sha256').update(letter).digest(),
    messageIdHeader: messageIdOf(fields),
    receivedAt: arrivalOf(fields, fromLine, now),
    flags: flagsOf(fields, isRead),
  }
}

/** The subject of a message, for the list of those that could not be imported. */
export const subjectOf = (content: Buffer): string => {
  const subject = fieldOf(headerFields(content.subarray(0, 64_000).toString('latin1')), 'subject') ?? ''
  return decodedWords(subject).slice(0, 200)
}

function withCrlf(content: Buffer): Buffer {
  const text = content.toString('latin1')
  const normal = /(^|[^\r])\n|\r(?!\n)/.test(text) ? text.replace(/\r\n|\r|\n/g, '\r\n') : text
  return Buffer.from(normal.endsWith('\r\n') ? normal : `${normal}\r\n`, 'latin1')
}

/** Behind the empty line that ends the header, or behind all of it. */
function endOfHeader(bytes: Buffer): number {
  const blank = bytes.indexOf('\r\n\r\n')
  return blank < 0 ? bytes.length : blank + 2
}

function withoutStateFields(header: string): string {
  const lines = header.split(/(?<=\r\n)/)
  let isDropped = false
  return lines
    .filter((line) => {
      if (!/^[ \t]/.test(line)) isDropped = stateFields.test(line.slice(0, Math.max(0, line.indexOf(':'))).trim())
      return !isDropped
    })
    .join('')
}

const messageIdOf = (fields: readonly HeaderField[]): string | null =>
  /<[^<>\s]{1,996}>/.exec(fieldOf(fields, 'message-id') ?? '')?.[0] ?? null

/** The last server's word first: a From_ line often says when the file was written, and a Date when it was sent. */
function arrivalOf(fields: readonly HeaderField[], fromLine: string, now: Date): Date | undefined {
  const received = fieldOf(fields, 'received') ?? ''
  const said = [
    received.slice(received.lastIndexOf(';') + 1),
    fieldOf(fields, 'date') ?? '',
    fromLine.replace(/^\S+\s+/, ''),
  ]
  return said
    .map(timeOf)
    .find((date) => date && date.getTime() > 86_400_000 && date.getTime() <= now.getTime() + 172_800_000)
}

function timeOf(text: string): Date | undefined {
  // A comment behind it, as in `+0200 (CEST)`, is none that every parser knows.
  const date = new Date(text.replace(/\([^()]*\)/g, ' ').trim())
  return Number.isNaN(date.getTime()) ? undefined : date
}

function flagsOf(fields: readonly HeaderField[], isRead: boolean): string[] {
  const status = `${fieldOf(fields, 'status') ?? ''}${fieldOf(fields, 'x-status') ?? ''}`
  // Bits of Thunderbird: read, replied, marked.
  const mozilla = Number.parseInt(fieldOf(fields, 'x-mozilla-status') ?? '', 16)
  const labels = decodedWords(fieldOf(fields, 'x-gmail-labels') ?? '')
    .split(',')
    .map((label) => label.trim().toLowerCase())
  const saysRead = status !== '' || !Number.isNaN(mozilla) || labels.includes('unread') || labels.includes('opened')
  const isSeen = status.includes('R') || (mozilla & 1) !== 0 || labels.includes('opened')
  const keywords = `${fieldOf(fields, 'x-keywords') ?? ''} ${fieldOf(fields, 'x-mozilla-keys') ?? ''}`
  return [
    ...((saysRead ? isSeen : isRead) ? ['\\Seen'] : []),
    ...(status.includes('A') || (mozilla & 2) !== 0 ? ['\\Answered'] : []),
    ...(status.includes('F') || (mozilla & 4) !== 0 || labels.includes('starred') ? ['\\Flagged'] : []),
    ...(status.includes('T') ? ['\\Draft'] : []),
    ...new Set(
      keywords
        .split(/[\s,]+/)
        .filter((word) => /^[$\w.-]{1,50}$/.test(word))
        .slice(0, maxKeywords),
    ),
  ]
}

function decodedWords(text: string): string {
  try {
    return libmime.decodeWords(text)
  } catch {
    return text
  }
}
