import { createRequire } from 'node:module'
import type { Socket } from 'node:net'

/** The parts of `hoodiecrow-imap` (which ships no types) that the sandbox uses. */
export type Hoodiecrow = {
  folderCache: Record<string, Mailbox>
  capabilities: Record<string, (connection: Connection) => boolean>
  allowedStatus: string[]
  connectionHandlers: ((connection: Connection) => void)[]
  messageHandlers: ((server: unknown, message: Message, mailbox: Mailbox) => void)[]
  outputHandlers: OutputHandler[]
  searchHandlers: Record<string, (connection: Connection, message: Message, index: number, value: string) => boolean>
  systemFlags: string[]
  registerCapability(name: string): void
  setCommandHandler(command: string, handler: CommandHandler): void
  getCommandHandler(command: string): CommandHandler
  getMailbox(path: string): Mailbox | undefined
  createMailbox(path: string, mailbox?: NewMailbox): void
  processMailbox(path: string, mailbox: NewMailbox, namespace: string): void
  /** `raw` and everything else that came from the wire are binary strings: one character a byte. */
  appendMessage(mailbox: Mailbox, flags: string[], internalDate: string | undefined, raw: string): unknown
  formatInternalDate(date: Date): string
  getMessageRange(mailbox: Mailbox | Message[], range: string, isUid: boolean): [sequence: number, Message][]
  notify(response: Response, mailbox: Mailbox, except?: Connection): void
  setMaxListeners(count: number): void
  listen(port: number, host: string, done: () => void): void
  close(done: () => void): void
  server: NodeJS.EventEmitter
}

export type Mailbox = {
  path: string
  flags: string[]
  'special-use'?: string
  subscribed: boolean
  uidvalidity: number
  uidnext: number
  messages: Message[]
  permanentFlags: string[]
  HIGHESTMODSEQ: number
}
export type NewMailbox = Partial<Mailbox>

export type Message = { uid: number; flags: string[]; internaldate: string; raw: string; MODSEQ: number }

export type Connection = {
  server: Hoodiecrow
  socket: Socket | null
  state: 'Not Authenticated' | 'Authenticated' | 'Selected'
  selectedMailbox: Mailbox | false
  readOnly?: boolean
  /** Set by any command that enables CONDSTORE (RFC 7162 §3.1). */
  isCondstore?: boolean
  directNotifications: boolean
  notificationQueue: (Response & { mailboxCopy?: Message[] })[]
  inputHandler: ((line: string) => void) | false
  scheduleCommand(line: string): void
  processNotifications(): void
  expungeSpecificMessages(mailbox: Mailbox, messages: Message[], ignoreSelf: boolean, ignoreExists: boolean): void
  send(response: Response, description: string, command?: Command): void
}

export type Token = { type: string; value: string; section?: Argument[]; partial?: number[] }
export type Argument = Token | Argument[] | null
export type Command = { tag: string; command: string; attributes?: Argument[] }
export type Response = { tag: string; command?: string; attributes?: unknown[]; skipResponse?: boolean }
type CommandHandler = (connection: Connection, command: Command, line: string, done: () => void) => void
type OutputHandler = (connection: Connection, response: Response, description: string, command?: Command) => void

type Plugin = (server: Hoodiecrow) => void

type Options = {
  plugins: (string | Plugin)[]
  id: Record<string, string>
  users: Record<string, { password: string }>
  storage: { INBOX: NewMailbox; '': { folders: Record<string, NewMailbox>; separator: string; type: 'personal' } }
}

export type Address = { name: string; address?: string; group?: Address[] }

const require = createRequire(import.meta.url)
export const createHoodiecrow: (options: Options) => Hoodiecrow = require('hoodiecrow-imap')
export const parseAddresses: (header: string) => Address[] = require('hoodiecrow-imap/lib/addressparser')

/** A response whose text we wrote ourselves: the package escapes control and 8-bit characters the JSON way. */
export const untagged = (text: string): Response => ({ tag: '*', attributes: [{ type: 'TEXT', value: text }] })

export function answer(connection: Connection, command: Command, status: 'OK' | 'NO' | 'BAD', text: string) {
  const description = `${command.command.toUpperCase()} ${status}`
  connection.send(
    { tag: command.tag, command: status, attributes: [{ type: 'TEXT', value: text }] },
    description,
    command,
  )
}

/** The upper-case text of an atom or string, empty for anything else. */
export const word = (argument: Argument | undefined): string =>
  argument && !Array.isArray(argument) ? argument.value.toUpperCase() : ''
