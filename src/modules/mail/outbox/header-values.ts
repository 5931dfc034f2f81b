import { encodeWord, foldLines, quoteString } from 'nodemailer/lib/mime-funcs'

export type Mailbox = { name: string; email: string }

/** One line of text that every header can carry: control characters and line ends in it are spaces. */
export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()

/** RFC 5322 §2.2.3: folded at its spaces, so that no line is longer than it must be. */
export const headerField = (name: string, value: string): string => foldLines(`${name}: ${value}`, 76)

/** An unstructured field (RFC 5322 §2.2.1). What only looks like an encoded word (RFC 2047 §2) stays what it is. */
export function unstructured(text: string): string {
  const line = oneLine(text)
  return isPlain(line) ? line : words(line)
}

/** Addresses as RFC 5322 §3.4 has them. Each `email` is what `parseAddress` made, so that it stands for itself. */
export const addressList = (mailboxes: readonly Mailbox[]): string => mailboxes.map(mailboxValue).join(', ')

/** The ids of a thread: those which are none, or hold what no header may hold, are left out (RFC 5322 §3.6.4). */
export const messageIds = (ids: readonly string[]): string => ids.filter(isMessageId).join(' ')

/** Ids of others need not keep to the grammar of RFC 5322, but are to be repeated as they are. */
const isMessageId = (id: string): boolean => /^<[!-;=?-~]{1,900}>$/.test(id)

function mailboxValue({ name, email }: Mailbox): string {
  const line = oneLine(name)
  if (line === '') return email
  return `${phrase(line)} <${email}>`
}

const atoms = /^[\w!#$%&'*+/=?^`{|}~-]+( [\w!#$%&'*+/=?^`{|}~-]+)*$/

function phrase(name: string): string {
  if (!isPlain(name)) return words(name)
  return atoms.test(name) ? name : quoteString(name)
}

/** Runs of spaces would be lost to folding, and what has no space to fold at would make a line too long. */
const isPlain = (line: string) => /^[\x20-\x7e]*$/.test(line) && !/=\?| {2}|[^ ]{70}/.test(line)

/** Encoded words of at most 75 characters, each of whole characters (RFC 2047 §2 and §5). */
const words = (text: string): string => encodeWord(text, isMostlyLatin(text) ? 'Q' : 'B', 52)

const isMostlyLatin = (text: string) => (text.match(/[a-z]/gi)?.length ?? 0) > (text.match(/[^\0-\x7f]/g)?.length ?? 0)
