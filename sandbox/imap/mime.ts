/** A message or a part of one, as offsets into its source, which is a binary string (one character a byte). */
export type Part = {
  start: number
  /** Where the body begins: after the empty line that ends the header. */
  body: number
  end: number
  headers: { name: string; value: string; start: number; end: number }[]
  type: string
  subtype: string
  params: Params
  /** Of a multipart. */
  parts?: Part[]
  /** Of a message/rfc822: the message inside. */
  message?: Part
}

export type Params = [name: string, value: string][]

/** Deeper parts are left whole, so that nothing a sender nests can exhaust the stack. */
const maxDepth = 30

/** Never throws: what is no MIME is text/plain (RFC 2045 §5.2). */
export function parseMessage(raw: string): Part {
  return parsePart(raw, 0, raw.length, 'text/plain', 0)
}

export function header(part: Part, name: string): string | undefined {
  return part.headers.find((field) => field.name === name)?.value
}

/** A field like Content-Type: the value in front of the first semicolon and the parameters, as they were written. */
export function parseParams(field: string): { value: string; params: Params } {
  const params: Params = []
  const pattern = /;\s*([^\s=;]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;]*))/gs
  for (const [, name = '', quoted, plain = ''] of field.matchAll(pattern)) {
    params.push([name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain.trim()])
  }
  return { value: (field.split(';')[0] ?? '').trim(), params }
}

function parsePart(raw: string, start: number, end: number, defaultType: string, depth: number): Part {
  const body = bodyStart(raw, start, end)
  const headers = parseHeaders(raw, start, body)
  const part: Part = { start, body, end, headers, type: 'text', subtype: 'plain', params: [] }
  const { value, params } = parseParams(header(part, 'content-type') ?? defaultType)
  const [type, subtype] = value.toLowerCase().split('/')
  if (!type || !subtype) return part
  Object.assign(part, { type, subtype, params })
  if (depth >= maxDepth) return asOctets(part)
  if (type === 'message' && subtype === 'rfc822') part.message = parsePart(raw, body, end, 'text/plain', depth + 1)
  if (type !== 'multipart') return part

  const boundary = params.find(([name]) => name === 'boundary')?.[1]
  const childType = subtype === 'digest' ? 'message/rfc822' : 'text/plain'
  const ranges = boundary ? splitAt(raw, body, end, boundary) : []
  // RFC 3501's grammar knows no multipart without parts.
  if (!ranges.length) return Object.assign(part, { type: 'text', subtype: 'plain', params: [] })
  part.parts = ranges.map(([from, to]) => parsePart(raw, from, to, childType, depth + 1))
  return part
}

const asOctets = (part: Part): Part => Object.assign(part, { type: 'application', subtype: 'octet-stream' })

function bodyStart(raw: string, start: number, end: number): number {
  const pattern = /\r?\n\r?\n/g
  pattern.lastIndex = start
  // A part may have no header at all: then it begins with the empty line.
  const leading = /\r?\n/y
  leading.lastIndex = start
  if (leading.test(raw) && leading.lastIndex <= end) return leading.lastIndex
  return pattern.test(raw) && pattern.lastIndex <= end ? pattern.lastIndex : end
}

function parseHeaders(raw: string, start: number, body: number): Part['headers'] {
  const headers: Part['headers'] = []
  // A field and its folded lines (RFC 5322 §2.2.3).
  const pattern = /[^\r\n][^\n]*(?:\n[ \t][^\n]*)*(?:\n|$)/g
  pattern.lastIndex = start
  for (let match = pattern.exec(raw); match && match.index < body; match = pattern.exec(raw)) {
    const colon = match[0].indexOf(':')
    if (colon <= 0) continue
    const value = match[0].slice(colon + 1).replace(/\r?\n[ \t]*/g, ' ')
    const name = match[0].slice(0, colon).trim().toLowerCase()
    headers.push({ name, value: value.trim(), start: match.index, end: Math.min(pattern.lastIndex, body) })
  }
  return headers
}

/** The ranges between a multipart's delimiter lines; the line break in front of a delimiter is part of it. */
function splitAt(raw: string, body: number, end: number, boundary: string): [number, number][] {
  const delimiter = `--${boundary}`
  const ranges: [number, number][] = []
  let from: number | undefined
  for (let at = raw.indexOf(delimiter, body); at >= 0 && at < end; at = raw.indexOf(delimiter, at + 1)) {
    const rest = /(--)?[ \t]*(?:\r?\n|$)/y
    rest.lastIndex = at + delimiter.length
    const isLine = (at === body || raw[at - 1] === '\n') && rest.test(raw)
    if (!isLine) continue
    if (from !== undefined) ranges.push([from, Math.max(from, beforeLineBreak(raw, at))])
    const isLast = raw.startsWith('--', at + delimiter.length)
    from = isLast ? undefined : Math.min(rest.lastIndex, end)
    if (isLast) break
  }
  // The closing delimiter is missing: the last part ends with the message.
  if (from !== undefined) ranges.push([from, end])
  return ranges
}

function beforeLineBreak(raw: string, at: number): number {
  if (raw[at - 1] !== '\n') return at
  return raw[at - 2] === '\r' ? at - 2 : at - 1
}
