import iconv from 'iconv-lite'
import { cleanText } from './clean-text.ts'
import { guessCharset, hasIso2022JpEscapes } from './guess-charset.ts'

/** How the bytes of a text part are written; a MessagePart is one. */
export type TextEncoding = { encoding: string; charset: string | null }

/**
 * Text of a body part as fetched: transfer encoding, then charset. Never throws: what is mislabelled is read as UTF-8
 * when it is valid UTF-8, else in the charset in which it is a text. The bytes may be cut anywhere. NUL and half
 * surrogates are removed.
 */
export function decodeText(bytes: Buffer, part: TextEncoding): string {
  return cleanText(
    decodeCharset(decodeTransfer(bytes, part.encoding), part.charset?.toLowerCase().trim() || 'us-ascii'),
  )
}

function decodeTransfer(bytes: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return decodeBase64(bytes)
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(bytes)
  return bytes
}

/** Node stops at the first padding; joined blocks ("QQ==QQ==") have it in the middle. */
function decodeBase64(bytes: Buffer): Buffer {
  const blocks = bytes.toString('latin1').split(/=+/)
  return Buffer.concat(blocks.map((block) => Buffer.from(block, 'base64')))
}

/** RFC 2045 §6.7; a `=` that begins nothing is left as it is. */
function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const decoded = bytes
    .toString('latin1')
    .replace(/=(?:[ \t]*\r?\n|([0-9A-Fa-f]{2}))/g, (_, hex?: string) =>
      hex ? String.fromCharCode(Number.parseInt(hex, 16)) : '',
    )
  return Buffer.from(decoded, 'latin1')
}

function decodeCharset(bytes: Buffer, charset: string): string {
  if (charset === 'utf-8' || charset === 'utf8') return decodeUtf8(bytes)
  if (charset === 'us-ascii' || charset === 'ascii') return decodeUnlabelled(bytes)
  const decoded = decodeLabelled(bytes, charset)
  if (decoded === undefined) return decodeUnlabelled(bytes)
  return decoded.includes('\ufffd') ? (decodeValidUtf8(bytes) ?? decoded) : decoded
}

function decodeLabelled(bytes: Buffer, charset: string): string | undefined {
  try {
    // iconv-lite lacks the stateful encodings of East Asia; Node's ICU has this one.
    if (charset.startsWith('iso-2022-jp')) return new TextDecoder('iso-2022-jp').decode(bytes)
    // What is valid UTF-8 beyond ASCII was hardly meant as Latin letters, each two of which make one.
    if (westernNames.has(charset))
      return decodeMultiByte(bytes) ?? iconv.decode(bytes, westernNames.get(charset) ?? charset)
    return iconv.encodingExists(charset) ? iconv.decode(bytes, charset) : undefined
  } catch {
    return undefined
  }
}

// As browsers do: what is called Latin-1 was written by windows-1252 wherever the two differ.
const westernNames = new Map([
  ...['iso-8859-1', 'iso8859-1', 'latin1', 'iso_8859-1', 'l1', 'windows-1252', 'cp1252'].map(
    (name): [string, string] => [name, 'windows-1252'],
  ),
  ['iso-8859-15', 'iso-8859-15'],
])

function decodeMultiByte(bytes: Buffer): string | undefined {
  const text = decodeValidUtf8(bytes)
  return text !== undefined && /\P{ASCII}/u.test(text) ? text : undefined
}

/** ISO-2022-JP is ASCII to a decoder of UTF-8. */
function decodeUnlabelled(bytes: Buffer): string {
  const isJapanese = hasIso2022JpEscapes(bytes)
  return (isJapanese ? undefined : decodeValidUtf8(bytes)) ?? decodeGuessed(bytes)
}

const decodeGuessed = (bytes: Buffer): string =>
  decodeLabelled(bytes, guessCharset(bytes)) ?? iconv.decode(bytes, 'windows-1252')

/** A few broken characters in much valid UTF-8 are broken characters; otherwise the label lies. */
function decodeUtf8(bytes: Buffer): string {
  const valid = decodeValidUtf8(bytes)
  if (valid !== undefined) return valid
  const decoded = bytes.toString('utf8')
  const broken = decoded.split('\ufffd').length - 1
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything but ASCII is counted
  const multiByte = decoded.length - decoded.replace(/[^\u0000-\u007f\ufffd]/g, '').length
  return multiByte > broken ? decoded : decodeGuessed(bytes)
}

/** Undefined when the bytes are not UTF-8. After other characters of it, one that is cut at the end is dropped. */
export function decodeValidUtf8(bytes: Buffer): string | undefined {
  const whole = tryUtf8(bytes, { stream: false })
  if (whole !== undefined) return whole
  const cut = tryUtf8(bytes, { stream: true })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything but ASCII is looked for
  return cut !== undefined && /[^\u0000-\u007f]/.test(cut) ? cut : undefined
}

function tryUtf8(bytes: Buffer, options: { stream: boolean }): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, options)
  } catch {
    return undefined
  }
}
