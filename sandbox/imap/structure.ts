import { type Address, parseAddresses } from './hoodiecrow.ts'
import { header, type Params, type Part, parseParams } from './mime.ts'

/** RFC 3501 §7.4.2: ENVELOPE of a message. */
export function envelope(message: Part): string {
  const from = addresses(message, 'from')
  return list([
    nstring(header(message, 'date')),
    nstring(header(message, 'subject')),
    from,
    addresses(message, 'sender', from),
    addresses(message, 'reply-to', from),
    addresses(message, 'to'),
    addresses(message, 'cc'),
    addresses(message, 'bcc'),
    nstring(header(message, 'in-reply-to')),
    nstring(header(message, 'message-id')),
  ])
}

/** RFC 3501 §7.4.2: BODYSTRUCTURE, or BODY, which lacks the extension fields. */
export function bodyStructure(part: Part, raw: string, form: 'BODY' | 'BODYSTRUCTURE'): string {
  const extension = form === 'BODYSTRUCTURE' ? extensionFields(part) : []
  if (part.parts) {
    const children = part.parts.map((child) => bodyStructure(child, raw, form)).join('')
    const [, ...withoutMd5] = extension
    const own = form === 'BODYSTRUCTURE' ? [params(part.params), ...withoutMd5] : []
    return `(${[children, nstring(part.subtype), ...own].join(' ')})`
  }
  const lines = String(raw.slice(part.body, part.end).split('\n').length - 1)
  return list([
    nstring(part.type),
    nstring(part.subtype),
    params(part.params),
    nstring(header(part, 'content-id')),
    nstring(header(part, 'content-description')),
    nstring(header(part, 'content-transfer-encoding')?.toLowerCase() || '7bit'),
    String(part.end - part.body),
    ...(part.message ? [envelope(part.message), bodyStructure(part.message, raw, form), lines] : []),
    ...(part.type === 'text' ? [lines] : []),
    ...extension,
  ])
}

/** A quoted string where one is possible, else a literal: 8-bit and control characters reach the client as they are. */
export function nstring(value: string | undefined): string {
  if (value === undefined) return 'NIL'
  if (/^[\x20-\x7e]*$/.test(value)) return `"${value.replace(/["\\]/g, '\\$&')}"`
  return literal(value)
}

export const literal = (value: string) => `{${value.length}}\r\n${value}`

function extensionFields(part: Part): string[] {
  const disposition = header(part, 'content-disposition')
  const parsed = disposition ? parseParams(disposition) : undefined
  const languages = header(part, 'content-language')
    ?.split(',')
    .map((tag) => nstring(tag.trim()))
  return [
    nstring(header(part, 'content-md5')),
    parsed ? list([nstring(parsed.value), params(parsed.params)]) : 'NIL',
    languages ? list(languages) : 'NIL',
    nstring(header(part, 'content-location')),
  ]
}

const list = (items: string[]) => `(${items.join(' ')})`

const params = (entries: Params) => (entries.length ? list(entries.flat().map(nstring)) : 'NIL')

function addresses(message: Part, name: string, fallback = 'NIL'): string {
  const value = message.headers.filter((field) => field.name === name).map((field) => field.value)
  const parsed = value.flatMap((field) => parseAddresses(field))
  return parsed.length ? `(${parsed.map(address).join('')})` : fallback
}

/** A group is a start marker, its members and an end marker (RFC 3501 §7.4.2). */
function address({ name, address: mailbox = '', group }: Address): string {
  if (group) return [list(['NIL', 'NIL', nstring(name), 'NIL']), ...group.map(address), '(NIL NIL NIL NIL)'].join('')
  const at = mailbox.lastIndexOf('@')
  const [local, host] = at < 0 ? [mailbox, undefined] : [mailbox.slice(0, at), mailbox.slice(at + 1)]
  return list([nstring(name || undefined), 'NIL', nstring(local), nstring(host ?? '')])
}
