import libmime from 'libmime'
import { decodeText, decodeValidUtf8 } from './decode-text.ts'

/**
 * Text of a header field as it came, Latin-1 of its bytes: encoded words (RFC 2047) are decoded. Raw 8-bit text, against
 * RFC 5322 §2.2, is UTF-8 where it can be, else in the charset of the body.
 */
export function headerText(raw: string | null | undefined, charset: string | null): string {
  if (!raw) return ''
  const text = isAscii(raw) ? raw : decodeRaw(raw, charset)
  return text.includes('=?') ? libmime.decodeWords(text) : text
}

/** The same for a name, without the quotes that some servers leave around it. */
export function headerName(raw: string, charset: string | null): string {
  const name = headerText(raw, charset)
  return name.length > 2 && name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1) : name
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: everything but ASCII is looked for
const isAscii = (text: string) => !/[^\u0000-\u007f]/.test(text)

function decodeRaw(raw: string, charset: string | null): string {
  const bytes = Buffer.from(raw, 'latin1')
  return decodeValidUtf8(bytes) ?? decodeText(bytes, { encoding: '8bit', charset })
}
