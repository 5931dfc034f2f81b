import {
  type Argument,
  answer,
  type Command,
  type Connection,
  type Hoodiecrow,
  type Message,
  type Token,
  untagged,
  word,
} from './hoodiecrow.ts'
import { type Part, parseMessage } from './mime.ts'
import { flagsChanged } from './modseq.ts'
import { readSection } from './section.ts'
import { bodyStructure, envelope, literal, nstring } from './structure.ts'

/**
 * FETCH and UID FETCH of our own. The package's answers a partial FETCH of several messages with nothing for all but
 * the first, ignores CHANGEDSINCE in UID FETCH, gives the text instead of the message for a message/rfc822 part, and
 * writes header fields with control characters as JSON would.
 */
export function fetchCommands(server: Hoodiecrow) {
  server.setCommandHandler('FETCH', (connection, command, _line, done) => run(connection, command, false, done))
  server.setCommandHandler('UID FETCH', (connection, command, _line, done) => run(connection, command, true, done))
}

const macros: Record<string, string[]> = {
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
}

function run(connection: Connection, command: Command, isUid: boolean, done: () => void) {
  const mailbox = connection.selectedMailbox
  const [set, wanted, modifiers] = command.attributes ?? []
  if (!mailbox) answer(connection, command, 'BAD', 'Select a mailbox first')
  else if (!set || Array.isArray(set) || !wanted) answer(connection, command, 'BAD', 'FETCH needs a set and items')
  else {
    const changedSince = modifier(modifiers, 'CHANGEDSINCE')
    const items = expand(wanted, { isUid, hasModseq: changedSince !== undefined })
    if (changedSince !== undefined || items.some((item) => word(item) === 'MODSEQ')) connection.isCondstore = true
    // UID commands may be interrupted by EXPUNGE (RFC 3501 §7.4.1); the others count as if nothing had gone.
    if (isUid) connection.processNotifications()
    const copy = connection.notificationQueue.find((notification) => notification.mailboxCopy)?.mailboxCopy
    const messages = connection.server.getMessageRange(copy ?? mailbox, set.value, isUid)
    try {
      for (const [sequence, message] of messages) {
        if (changedSince !== undefined && message.MODSEQ <= changedSince) continue
        connection.send(untagged(`${sequence} FETCH (${respond(connection, message, items)})`), 'FETCH', command)
      }
      answer(connection, command, 'OK', 'FETCH completed')
    } catch (error) {
      answer(connection, command, 'BAD', error instanceof Error ? error.message : 'FETCH failed')
    }
  }
  done()
}

/** The number after `name` in a list of modifiers such as `(CHANGEDSINCE 42)`. */
export function modifier(modifiers: Argument | undefined, name: string): number | undefined {
  if (!Array.isArray(modifiers)) return undefined
  const index = modifiers.findIndex((argument) => word(argument) === name)
  return index < 0 ? undefined : Number(word(modifiers[index + 1]))
}

function expand(wanted: Argument, { isUid, hasModseq }: { isUid: boolean; hasModseq: boolean }): Token[] {
  const names = Array.isArray(wanted) ? undefined : macros[word(wanted)]
  const items = names ? names.map(atom) : [wanted].flat(1).filter((item) => item !== null && !Array.isArray(item))
  const has = (name: string) => items.some((item) => word(item) === name)
  if (isUid && !has('UID')) items.unshift(atom('UID'))
  if (hasModseq && !has('MODSEQ')) items.push(atom('MODSEQ'))
  return items as Token[]
}

const atom = (value: string): Token => ({ type: 'ATOM', value })

function respond(connection: Connection, message: Message, items: Token[]): string {
  const fields = items.map((item) => field(message, item))
  const isRead = items.some((item) => (word(item) === 'BODY' && item.section) || word(item).match(/^RFC822(\.TEXT)?$/))
  const mailbox = connection.selectedMailbox
  if (isRead && mailbox && !connection.readOnly && !message.flags.includes('\\Seen')) {
    message.flags.push('\\Seen')
    flagsChanged(connection, mailbox, message)
    fields.push(`FLAGS (${message.flags.join(' ')})`)
  }
  return fields.join(' ')
}

function field(message: Message, item: Token): string {
  const { raw } = message
  const name = word(item)
  if (name === 'UID') return `UID ${message.uid}`
  if (name === 'FLAGS') return `FLAGS (${message.flags.join(' ')})`
  if (name === 'MODSEQ') return `MODSEQ (${message.MODSEQ})`
  if (name === 'INTERNALDATE') return `INTERNALDATE ${nstring(message.internaldate)}`
  if (name === 'RFC822.SIZE') return `RFC822.SIZE ${raw.length}`
  if (name === 'RFC822') return `RFC822 ${literal(raw)}`
  const part = structureOf(message)
  if (name === 'RFC822.HEADER') return `RFC822.HEADER ${literal(raw.slice(0, part.body))}`
  if (name === 'RFC822.TEXT') return `RFC822.TEXT ${literal(raw.slice(part.body))}`
  if (name === 'ENVELOPE') return `ENVELOPE ${envelope(part)}`
  if (item.section && (name === 'BODY' || name === 'BODY.PEEK')) return section(part, raw, item, item.section)
  if (name === 'BODY' || name === 'BODYSTRUCTURE') return `${name} ${bodyStructure(part, raw, name)}`
  throw new Error(`Unknown FETCH item ${name}`)
}

function section(part: Part, raw: string, item: Token, path: Argument[]): string {
  const text = readSection(part, raw, path)
  const [origin, length = Number.POSITIVE_INFINITY] = item.partial ?? []
  const label = `BODY[${path.map(written).join(' ')}]${origin === undefined ? '' : `<${origin}>`}`
  if (text === undefined) return `${label} NIL`
  return `${label} ${literal(origin === undefined ? text : text.slice(origin, origin + length))}`
}

const written = (argument: Argument): string =>
  Array.isArray(argument) ? `(${argument.map(written).join(' ')})` : word(argument)

const structures = new WeakMap<Message, Part>()

function structureOf(message: Message): Part {
  const known = structures.get(message)
  if (known) return known
  const part = parseMessage(message.raw)
  structures.set(message, part)
  return part
}
