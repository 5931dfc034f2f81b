import { modifier } from './fetch.ts'
import { type Argument, answer, type Command, type Connection, type Hoodiecrow, untagged, word } from './hoodiecrow.ts'
import { flagsChanged } from './modseq.ts'

/**
 * STORE and UID STORE of our own. The package's tells no other session, answers without the new MODSEQ, and knows no
 * MODIFIED response code.
 */
export function storeCommands(server: Hoodiecrow) {
  server.setCommandHandler('STORE', (connection, command, _line, done) => run(connection, command, false, done))
  server.setCommandHandler('UID STORE', (connection, command, _line, done) => run(connection, command, true, done))
}

function run(connection: Connection, command: Command, isUid: boolean, done: () => void) {
  const [set, ...rest] = command.attributes ?? []
  const unchangedSince = modifier(rest[0], 'UNCHANGEDSINCE')
  const [item, ...values] = unchangedSince === undefined ? rest : rest.slice(1)
  const [, sign, silent] = /^([+-]?)FLAGS(\.SILENT)?$/.exec(word(item)) ?? []
  if (!connection.selectedMailbox) answer(connection, command, 'BAD', 'Select a mailbox first')
  else if (connection.readOnly) answer(connection, command, 'NO', '[READ-ONLY] The mailbox was opened by EXAMINE')
  else if (!set || Array.isArray(set) || sign === undefined) answer(connection, command, 'BAD', 'Invalid STORE')
  else {
    if (unchangedSince !== undefined) connection.isCondstore = true
    if (isUid) connection.processNotifications()
    const change = { sign, flags: flagNames(values), isSilent: silent !== undefined, isUid, unchangedSince }
    const refused = apply(connection, command, set.value, change)
    answer(connection, command, 'OK', `${refused.length ? `[MODIFIED ${refused.join(',')}] ` : ''}STORE completed`)
  }
  done()
}

type Change = {
  sign: string
  flags: string[]
  isSilent: boolean
  isUid: boolean
  unchangedSince: number | undefined
}

/** Returns the UIDs or sequence numbers that had changed since (RFC 7162 §3.1.3). */
function apply(connection: Connection, command: Command, set: string, change: Change): number[] {
  const mailbox = connection.selectedMailbox
  if (!mailbox) return []
  const refused: number[] = []
  for (const [sequence, message] of connection.server.getMessageRange(mailbox, set, change.isUid)) {
    if (change.unchangedSince !== undefined && message.MODSEQ > change.unchangedSince) {
      refused.push(change.isUid ? message.uid : sequence)
      continue
    }
    const flags = combine(message.flags, change)
    const isChanged = flags.length !== message.flags.length || flags.some((flag) => !message.flags.includes(flag))
    message.flags = flags
    if (isChanged) flagsChanged(connection, mailbox, message)
    const fields = [
      ...(change.isUid ? [`UID ${message.uid}`] : []),
      ...(change.isSilent ? [] : [`FLAGS (${flags.join(' ')})`]),
      // RFC 7162 §3.1.4.2: the new MODSEQ is told even to a silent STORE.
      ...(connection.isCondstore ? [`MODSEQ (${message.MODSEQ})`] : []),
    ]
    if (!change.isSilent || connection.isCondstore) {
      connection.send(untagged(`${sequence} FETCH (${fields.join(' ')})`), 'STORE UPDATE', command)
    }
  }
  return refused
}

function combine(old: string[], { sign, flags }: Change): string[] {
  if (sign === '+') return [...new Set([...old, ...flags])]
  if (sign === '-') return old.filter((flag) => !flags.includes(flag))
  return [...new Set(flags)]
}

/** System flags in their usual spelling; \Recent is the server's alone. */
function flagNames(values: Argument[]): string[] {
  const names = values.flat(1).map((flag) => (flag && !Array.isArray(flag) ? flag.value : ''))
  const spelled = names.map((name) =>
    name.startsWith('\\') ? `\\${name.charAt(1).toUpperCase()}${name.slice(2).toLowerCase()}` : name,
  )
  return spelled.filter((name) => name && name !== '\\Recent')
}
