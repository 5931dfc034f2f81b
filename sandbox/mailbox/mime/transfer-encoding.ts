export type TransferEncoding = '7bit' | '8bit' | 'quoted-printable' | 'base64'

/** The longest line that RFC 5322 §2.1.1 allows, without its CRLF. */
export const maxLineBytes = 998

/** @throws RangeError when 7bit or 8bit is asked of bytes that break their rules (RFC 2045 §2.7, §2.8). */
export function transferEncode(content: Buffer, encoding: TransferEncoding): Buffer {
  if (encoding === 'base64') return Buffer.from(base64Lines(content), 'latin1')
  if (encoding === 'quoted-printable') return Buffer.from(quotedPrintable(content), 'latin1')
  if (encoding === '7bit' && content.some((byte) => byte > 0x7f))
    throw new RangeError('7bit content has an octet above 127')
  const longest = Math.max(...linesOf(content).map((line) => line.length))
  if (longest > maxLineBytes) throw new RangeError(`${encoding} content has a line of ${longest} octets`)
  return content
}

/** Lines of 76 characters (RFC 2045 §6.8). */
function base64Lines(content: Buffer): string {
  return (content.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n')
}

/** RFC 2045 §6.7: CRLF stays a line break, lines are at most 76 characters, white space never ends one. */
function quotedPrintable(content: Buffer): string {
  return linesOf(content).map(quotedPrintableLine).join('\r\n')
}

function quotedPrintableLine(line: string): string {
  const rows: string[] = []
  let row = ''
  for (let i = 0; i < line.length; i++) {
    const token = quotedOctet(line.charCodeAt(i), i === line.length - 1)
    if (row.length + token.length > 75) {
      rows.push(`${row}=`)
      row = ''
    }
    row += token
  }
  return [...rows, row].join('\r\n')
}

function quotedOctet(octet: number, isLast: boolean): string {
  const isBlank = octet === 0x20 || octet === 0x09
  const isLiteral = isBlank ? !isLast : octet > 0x20 && octet < 0x7f && octet !== 0x3d
  return isLiteral ? String.fromCharCode(octet) : `=${octet.toString(16).toUpperCase().padStart(2, '0')}`
}

function linesOf(content: Buffer): string[] {
  return content.toString('latin1').split('\r\n')
}
