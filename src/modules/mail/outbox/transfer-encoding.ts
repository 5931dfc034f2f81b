/** RFC 2045 §6. */
export type Encoding = 'base64' | 'quoted-printable' | '7bit' | '8bit'

const maxLine = 76

/**
 * As little as text needs to arrive as it is. Beyond what RFC 2045 says: servers on the way put `>` before `From ` at the
 * beginning of a line, and take spaces off the end of one; no signature survives that.
 */
export function encodingOf(text: string): Encoding {
  if (/^[\t\n\x20-\x7e]*$/.test(text) && !/[\t ]$|^From |^.{77}/m.test(text)) return '7bit'
  return isMostlyLatin(text) ? 'quoted-printable' : 'base64'
}

const isMostlyLatin = (text: string): boolean =>
  2 * (text.match(/[^\t\n\x20-\x7e]/g)?.length ?? 0) < (text.match(/[\t\n\x20-\x7e]/g)?.length ?? 0)

/** Text whose lines end in LF, with CRLF and by an encoding. */
export function encodedText(text: string, encoding: Encoding): Buffer {
  if (encoding === 'quoted-printable') return quotedPrintable(Buffer.from(text))
  const bytes = Buffer.from(text.replaceAll('\n', '\r\n'))
  return encoding === 'base64' ? base64Lines(bytes) : bytes
}

/** The bytes of a file, by an encoding; what is sent as it is gets CRLF for LF. */
export function encodedBytes(content: AsyncIterable<Buffer>, encoding: Encoding): AsyncIterable<Buffer> {
  return encoding === 'base64' ? base64Stream(content) : withCrlf(content)
}

const [tab, lf, cr, space, equals, dot, letterF] = [9, 10, 13, 32, 61, 46, 70]
const hex = Buffer.from('0123456789ABCDEF')

/** RFC 2045 §6.7, for text whose lines end in LF. A dot or an F that begins a line is encoded too. */
function quotedPrintable(text: Buffer): Buffer {
  // Each byte takes three, and each 25 of those a soft line break of three.
  const encoded = Buffer.allocUnsafe(Math.ceil(text.length * 3.2) + 3)
  let end = 0
  let column = 0
  const write = (...bytes: number[]) => {
    for (const byte of bytes) encoded[end++] = byte
  }
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] as number
    if (byte === lf) {
      write(cr, lf)
      column = 0
      continue
    }
    const endsLine = at + 1 === text.length || text[at + 1] === lf
    const isSpace = byte === space || byte === tab
    const isPlain = isSpace ? !endsLine : byte > space && byte < 127 && byte !== equals
    // The `=` of a soft line break has a place on the line.
    if (column + (isPlain ? 1 : 3) > (endsLine ? maxLine : maxLine - 1)) {
      write(equals, cr, lf)
      column = 0
    }
    const isLiteral = isPlain && !(column === 0 && (byte === dot || byte === letterF))
    if (isLiteral) encoded[end++] = byte
    else write(equals, hex[byte >> 4] as number, hex[byte & 15] as number)
    column += isLiteral ? 1 : 3
  }
  return encoded.subarray(0, end)
}

const base64Lines = (bytes: Buffer): Buffer => Buffer.from(bytes.toString('base64').replaceAll(/.{76}(?=.)/g, '$&\r\n'))

/** So many bytes make a line. */
const bytesPerLine = 57

async function* base64Stream(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of content) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const whole = bytes.length - (bytes.length % bytesPerLine)
    rest = bytes.subarray(whole)
    if (whole > 0) yield Buffer.from(bytes.toString('base64', 0, whole).replaceAll(/.{76}/g, '$&\r\n'))
  }
  yield base64Lines(rest)
}

async function* withCrlf(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let last = ''
  for await (const chunk of content) {
    const text = last + chunk.toString('latin1')
    yield Buffer.from(text.replaceAll(/(?<!\r)\n/g, '\r\n').slice(last.length), 'latin1')
    last = text.endsWith('\r') ? '\r' : ''
  }
}
