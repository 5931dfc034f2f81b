import {
  faultOfAddressList,
  faultOfDate,
  faultOfMessageIds,
  faultOfUnstructured,
  isUtf8,
  readParameters,
} from './header-grammar.ts'

/** A message as it is on the wire, read strictly: what RFC 5322, 2045, 2046, 2047 and 2231 do not allow is a fault. */

export type LintOptions = {
  /** A draft in its writer's own mailbox has its blind copies in a header. */
  mayHaveBcc?: boolean
  /** An address beyond ASCII makes the header UTF-8 (RFC 6532). */
  isInternational?: boolean
}

type Field = { name: string; value: string; raw: string }

/** Everything that is wrong; empty for a message that every server and reader must understand. */
export function lintMime(message: Buffer, options: LintOptions = {}): string[] {
  const faults = lintLines(message)
  // Byte for byte a character: what follows looks at octets.
  const { header, body } = split(message.toString('latin1'))
  const fields = readFields(header, faults, options)
  lintOnce(fields, faults, options)
  for (const field of fields) lintField(field, faults)
  lintPart(fields, body, faults, 'message')
  return faults
}

function lintLines(message: Buffer): string[] {
  const text = message.toString('latin1')
  const faults: string[] = []
  if (/\r(?!\n)|(?<!\r)\n/.test(text)) faults.push('a CR or LF alone')
  if (text.includes('\0')) faults.push('a NUL')
  for (const line of text.split('\r\n')) if (line.length > 998) faults.push(`a line of ${line.length} octets`)
  if (!text.endsWith('\r\n')) faults.push('no line end at the end')
  return faults
}

function split(text: string): { header: string; body: string } {
  const end = text.indexOf('\r\n\r\n')
  return end < 0 ? { header: text, body: '' } : { header: text.slice(0, end), body: text.slice(end + 4) }
}

function readFields(header: string, faults: string[], { isInternational = false }: LintOptions = {}): Field[] {
  for (const line of header.split('\r\n')) {
    if (/^[ \t]*$/.test(line)) faults.push('a header line of nothing but blanks')
    // What cannot be folded may be longer: SHOULD be 78, MUST be 998.
    if (line.length > 78 && /\S[ ,]\S/.test(line.slice(1)))
      faults.push(`a header line of ${line.length} octets: ${line}`)
    if (!isInternational && /[^\t\x20-\x7e]/.test(line)) faults.push(`not ASCII: ${line}`)
  }
  return header.split(/\r\n(?![ \t])/).flatMap((raw) => {
    const [, name, value] = /^([!-9;-~]+):(?= |\r\n[ \t])([\s\S]*)$/.exec(raw) ?? []
    if (name === undefined || value === undefined) {
      faults.push(`not a header field: ${raw}`)
      return []
    }
    const unfolded = value.replaceAll(/\r\n(?=[ \t])/g, '').slice(1)
    return { name: name.toLowerCase(), value: Buffer.from(unfolded, 'latin1').toString(), raw }
  })
}

const required = ['date', 'from', 'message-id', 'mime-version', 'content-type']
const atMostOnce = [...required, 'subject', 'to', 'cc', 'bcc', 'reply-to', 'in-reply-to', 'references', 'sender']

function lintOnce(fields: readonly Field[], faults: string[], { mayHaveBcc = false }: LintOptions): void {
  const count = (name: string) => fields.filter((field) => field.name === name).length
  for (const name of required) if (count(name) === 0) faults.push(`no ${name}`)
  for (const name of atMostOnce) if (count(name) > 1) faults.push(`more than one ${name}`)
  if (count('bcc') > 0 && !mayHaveBcc) faults.push('blind copies in the header')
  if (fields.find(({ name }) => name === 'mime-version')?.value !== '1.0') faults.push('another MIME-Version')
}

const addressFields = ['from', 'to', 'cc', 'bcc', 'reply-to', 'sender']
const structured = ['content-type', 'content-disposition', 'content-transfer-encoding', 'mime-version', 'content-id']

function lintField({ name, value }: Field, faults: string[]): void {
  const fault = addressFields.includes(name)
    ? faultOfAddressList(value)
    : name === 'date'
      ? faultOfDate(value)
      : name === 'message-id'
        ? faultOfMessageIds(value, { isStrict: true, isOne: true })
        : name === 'in-reply-to' || name === 'references'
          ? faultOfMessageIds(value, { isStrict: false, isOne: false })
          : structured.includes(name)
            ? undefined
            : faultOfUnstructured(value)
  if (fault !== undefined) faults.push(`${name}: ${fault}`)
}

function lintPart(fields: readonly Field[], body: string, faults: string[], where: string): void {
  const read = (name: string) => fields.find((field) => field.name === name)?.value
  const type = readParameters(read('content-type') ?? 'text/plain; charset=us-ascii')
  const disposition = readParameters(read('content-disposition') ?? 'inline')
  for (const one of [type, disposition]) if (typeof one === 'string') faults.push(`${where}: ${one}`)
  if (typeof type === 'string') return
  if (!/^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(type.value)) faults.push(`${where}: the type ${type.value}`)
  const contentId = read('content-id')
  if (contentId !== undefined && !/^<[!-;=?-~]+>$/.test(contentId)) faults.push(`${where}: the Content-ID ${contentId}`)
  const encoding = (read('content-transfer-encoding') ?? '7bit').toLowerCase()
  lintEncoding(encoding, type.value, body, (fault) => faults.push(`${where}: ${fault}`))
  if (type.value.startsWith('multipart/')) lintMultipart(type.parameters.get('boundary'), body, faults, where)
  if (/^text\/(plain|html|calendar)$/.test(type.value) && typeof disposition !== 'string') {
    const isFile = disposition.parameters.has('filename')
    if (!isFile && type.parameters.get('charset') !== 'utf-8') faults.push(`${where}: a text without its charset`)
  }
}

/** RFC 2045 §6. */
function lintEncoding(encoding: string, type: string, body: string, fault: (what: string) => void): void {
  const isComposite = /^(multipart|message)\//.test(type)
  if (isComposite && !['7bit', '8bit'].includes(encoding)) fault(`${type} in ${encoding}`)
  const lines = body.split('\r\n')
  if (encoding === '7bit' && /[^\0-\x7f]/.test(body)) fault('bytes beyond ASCII in 7bit')
  if (encoding === 'base64') {
    for (const line of lines) if (line.length > 76 || !/^[A-Za-z0-9+/]*={0,2}$/.test(line)) fault(`no base64: ${line}`)
    if (lines.join('').length % 4 !== 0) fault('base64 that is cut off')
    if (/=\r\n[A-Za-z0-9]/.test(body)) fault('base64 that goes on behind its end')
  }
  if (encoding === 'quoted-printable') {
    for (const line of lines) {
      if (line.length > 76 || !/^(?:[\t\x20-<>-~]|=[0-9A-F]{2})*=?$/.test(line)) fault(`no quoted-printable: ${line}`)
      if (/[ \t]$/.test(line)) fault('a blank at the end of a quoted-printable line')
    }
    const bytes = body
      .replaceAll('=\r\n', '')
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    if (/^text\//.test(type) && !isUtf8(Buffer.from(bytes, 'latin1'))) fault('text that is not UTF-8')
  }
  if (!['7bit', '8bit', 'base64', 'quoted-printable'].includes(encoding)) fault(`the encoding ${encoding}`)
}

/** RFC 2046 §5.1.1. */
function lintMultipart(boundary: string | undefined, body: string, faults: string[], where: string): void {
  if (boundary === undefined || !/^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/.test(boundary)) {
    faults.push(`${where}: the boundary ${boundary}`)
    return
  }
  const pieces = `\r\n${body}`.split(`\r\n--${boundary}`)
  const parts = pieces.slice(1, -1)
  if (parts.length === 0 || !/^--[ \t]*(\r\n|$)/.test(pieces.at(-1) ?? '')) faults.push(`${where}: no end of its parts`)
  for (const [index, part] of parts.entries()) {
    const at = `${where}.${index + 1}`
    if (!part.startsWith('\r\n')) faults.push(`${at}: text on the line of its boundary`)
    const { header, body: content } = part.startsWith('\r\n\r\n')
      ? { header: '', body: part.slice(4) }
      : split(part.slice(2))
    const fields = header === '' ? [] : readFields(header, faults)
    for (const { name } of fields) if (!name.startsWith('content-')) faults.push(`${at}: the field ${name} in a part`)
    lintPart(fields, content, faults, at)
  }
}
