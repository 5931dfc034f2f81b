import iconv from 'iconv-lite'
import type { VcardParam, VcardProperty } from './vcard.ts'

// Names of groups and properties beyond RFC 6350's alphabet are seen: item1.X_FOO, "Item 1".
const headPattern = /^(?:([\w-]+(?: [\w-]+)?)\.)?([\w-]+)((?:;(?:[^":;]|"[^"]*")*)*):/

/**
 * Joins lines that belong together, and takes them apart. Bytes are handed over as Latin-1, so that a character that was
 * folded in the middle is whole again before it is decoded.
 */
export function unfold(lines: readonly string[]): string[] {
  const joined: string[] = []
  const last: { encoding: Encoding; isAfterGap: boolean } = { encoding: 'unknown', isAfterGap: true }
  const push = (line: string) => {
    joined.push(line)
    // A line may be folded before its colon.
    if (last.encoding === 'unknown') last.encoding = encodingOf(line)
  }
  for (const line of lines) {
    const { encoding, isAfterGap } = last
    const isSoft = encoding === 'quoted-printable' && joined.at(-1)?.endsWith('=')
    if (isSoft) push((joined.pop() ?? '').slice(0, -1) + line)
    else if (joined.length > 0 && /^[ \t]/.test(line)) push(joined.pop() + line.slice(1))
    // vCard 2.1 exporters that wrap base64 without indenting it.
    else if (encoding === 'base64' && !isAfterGap && /^[\w+/]+=*$/.test(line)) push(joined.pop() + line)
    else if (line.trim() !== '') {
      last.encoding = 'unknown'
      push(line)
    }
    last.isAfterGap = line.trim() === ''
  }
  return withBrokenLines(joined)
}

/** A line break in a note that nobody escaped: what has no name belongs to the line before. */
function withBrokenLines(lines: readonly string[]): string[] {
  const whole: string[] = []
  for (const line of lines) {
    if (whole.length === 0 || headPattern.test(line)) whole.push(line)
    else whole.push(`${whole.pop()}\\n${line}`)
  }
  return whole
}

type Encoding = 'quoted-printable' | 'base64' | 'none' | 'unknown'

function encodingOf(line: string): Encoding {
  const params = headPattern.exec(line)?.[3]
  if (params === undefined) return 'unknown'
  if (/;(ENCODING=)?QUOTED-PRINTABLE\b/i.test(params)) return 'quoted-printable'
  return /;(ENCODING=)?(BASE64|B)(;|$)/i.test(params) ? 'base64' : 'none'
}

/** A logical line taken apart; undefined for what is none. */
export function readLine(line: string, decode: (bytes: string) => string): VcardProperty | undefined {
  const found = headPattern.exec(line)
  if (!found) return undefined
  const [head, group, name = '', rawParams = ''] = found
  const rawValue = line.slice(head.length)
  const params = readParams(decode(rawParams))
  const isQuoted = encodingIs(params, /^quoted-printable$/i)
  const charset = charsetOf(params)
  const value = isQuoted ? decodeQuotedPrintable(rawValue, charset) : decodeAs(rawValue, charset, decode)
  return { group: group && decode(group), name: name.toUpperCase(), params, value }
}

const charsetOf = (params: readonly VcardParam[]): string | undefined =>
  params.find(({ name }) => name === 'CHARSET')?.values[0]

export const encodingIs = (params: readonly VcardParam[], pattern: RegExp): boolean =>
  params.some(({ name, values }) => name === 'ENCODING' && values.some((value) => pattern.test(value)))

function decodeAs(bytes: string, charset: string | undefined, decode: (bytes: string) => string): string {
  return charset && iconv.encodingExists(charset) && !/^utf-?8$/i.test(charset)
    ? iconv.decode(Buffer.from(bytes, 'latin1'), charset)
    : decode(bytes)
}

function decodeQuotedPrintable(value: string, charset = 'utf-8'): string {
  const bytes = value
    .replace(/=\r?\n/g, '')
    .replace(/=([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  const known = iconv.encodingExists(charset) ? charset : 'utf-8'
  return /^utf-?8$/i.test(known) ? decodeBytes(bytes) : iconv.decode(Buffer.from(bytes, 'latin1'), known)
}

/** UTF-8 where it is that, otherwise what old Windows programs write. */
export function decodeBytes(bytes: string): string {
  const buffer = Buffer.from(bytes, 'latin1')
  const text = buffer.toString('utf8')
  return text.includes('\ufffd') && !buffer.includes('\ufffd') ? iconv.decode(buffer, 'windows-1252') : text
}

const encodings = /^(quoted-printable|base64|8bit|7bit)$/i

function readParams(text: string): VcardParam[] {
  const params = text.replace(/[^\P{Cc}\t]/gu, '').match(/;(?:[^";]|"[^"]*")*/g) ?? []
  return params.flatMap((param): VcardParam[] => {
    const written = param.slice(1)
    if (written === '') return []
    const [, name, list] = /^([\w-]+)\s*=\s*([\s\S]*)$/.exec(written) ?? []
    // vCard 2.1: the value alone says which parameter it is of.
    if (name === undefined) return [{ name: encodings.test(written) ? 'ENCODING' : 'TYPE', values: [written] }]
    const values = ((list ?? '').match(/"[^"]*"|[^",]+/g) ?? ['']).map((one) => one.replace(/^"|"$/g, ''))
    return [{ name: name.toUpperCase(), values: values.map(decodeCarets) }]
  })
}

/** RFC 6868. */
const decodeCarets = (value: string): string =>
  value.replace(/\^([n^'])/g, (_, one: string) => (one === 'n' ? '\n' : one === "'" ? '"' : '^'))
