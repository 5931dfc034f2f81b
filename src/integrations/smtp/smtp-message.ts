import type { Readable } from 'node:stream'

/** What to transmit. Addresses are bare (`a@b`); domains of theirs are in ASCII. */
export type SmtpMessage = {
  /** Empty for a message that must not be answered or returned (RFC 5321 §4.5.5). */
  from: string
  /** Who sends it to servers that refuse an empty sender. */
  fallbackFrom?: string | undefined
  to: readonly string[]
  /** The size of the MIME in bytes, told to servers that ask for it (RFC 1870). */
  size: number
  /** An address, in the envelope or in a header, has a local part beyond ASCII (RFC 6531). */
  requiresSmtpUtf8: boolean
  /** Its content holds bytes beyond ASCII (RFC 6152). */
  isEightBit: boolean
  /** What is wanted of servers that send reports (RFC 3461). */
  reports?: {
    /** Comes back in each report: 100 characters at most, of printable ASCII. */
    envelopeId: string
    /** `never`: not even of a failure. */
    of: 'failure_and_delay' | 'never'
  }
  /** Opens the MIME, read once the server is ready for it. Its line ends become CRLF. */
  mime: () => Promise<Readable>
}

/** Keywords of an EHLO answer in upper case, each with its parameters (RFC 5321 §4.1.1.1). */
export type SmtpExtensions = ReadonlyMap<string, string>

/** `250-KEYWORD parameters`, the first line being the greeting. */
export const extensionsOf = (ehlo: string): SmtpExtensions =>
  new Map(
    ehlo.split('\n').flatMap((line) => {
      const [, keyword, parameters = ''] = /^250[ -]([A-Za-z0-9-]+)(?:[ =]([^\r]*))?\r?$/.exec(line) ?? []
      return keyword ? [[keyword.toUpperCase(), parameters] as const] : []
    }),
  )

/** Why a server can never take this message; undefined when it may. */
export function unmetNeed(message: SmtpMessage, extensions: SmtpExtensions): string | undefined {
  if (message.requiresSmtpUtf8 && !extensions.has('SMTPUTF8')) {
    return 'The server does not take addresses beyond ASCII (SMTPUTF8).'
  }
  if (message.isEightBit && !extensions.has('8BITMIME')) {
    return 'The server does not take attached messages with bytes beyond ASCII (8BITMIME); attach them as files.'
  }
  const limit = Number(extensions.get('SIZE') ?? 0)
  if (limit > 0 && message.size > limit) {
    return `The message has ${message.size} bytes; the server takes at most ${limit} (SIZE).`
  }
}

export function mailCommand(from: string, message: SmtpMessage, extensions: SmtpExtensions): string {
  const { requiresSmtpUtf8, isEightBit, size, reports } = message
  const parameters = [
    ...(extensions.has('SIZE') ? [`SIZE=${size}`] : []),
    ...(isEightBit ? ['BODY=8BITMIME'] : []),
    ...(requiresSmtpUtf8 ? ['SMTPUTF8'] : []),
    ...(reports && extensions.has('DSN') ? ['RET=HDRS', `ENVID=${xtext(reports.envelopeId)}`] : []),
  ]
  return ['MAIL FROM:<', envelopeAddress(from), '>', ...parameters.map((one) => ` ${one}`)].join('')
}

export function rcptCommand(to: string, { reports }: SmtpMessage, extensions: SmtpExtensions): string {
  const command = `RCPT TO:<${envelopeAddress(to)}>`
  if (!reports || !extensions.has('DSN')) return command
  if (reports.of === 'never') return `${command} NOTIFY=NEVER`
  // RFC 6533 has a form of ORCPT for other addresses; servers learn those from RCPT TO.
  const original = /^[\x21-\x7e]+$/.test(to) ? ` ORCPT=rfc822;${xtext(to)}` : ''
  return `${command} NOTIFY=FAILURE,DELAY${original}`
}

/** Whoever calls has parsed the addresses; this is the last line of defence against commands within them. */
function envelopeAddress(address: string): string {
  if (/[\p{Cc}<>\s]/u.test(address)) throw new Error('An envelope address holds what no address does.')
  return address
}

/** RFC 3461 §4. */
const xtext = (text: string): string =>
  text.replaceAll(/[^\x21-\x7e]|[+=]/g, (character) =>
    [...Buffer.from(character)].map((byte) => `+${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
