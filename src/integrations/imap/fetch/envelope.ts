import { type AnswerReader, byte } from './answer-reader.ts'

/** As the server wrote it: strings are Latin-1 of the bytes, encoded words are not decoded. */
export type RawAddress = { name: string; address: string }

export type RawEnvelope = {
  date: string | null
  subject: string | null
  from: RawAddress[]
  sender: RawAddress[]
  replyTo: RawAddress[]
  to: RawAddress[]
  cc: RawAddress[]
  bcc: RawAddress[]
  inReplyTo: string | null
  messageId: string | null
}

/** Of each field; more are passed over. */
const maxAddresses = 500

/** RFC 3501 §7.4.2, ENVELOPE; undefined for a server that answers NIL. */
export function readEnvelope(reader: AnswerReader): RawEnvelope | undefined {
  if (reader.peek() !== byte.open) {
    reader.skip()
    return undefined
  }
  reader.expect(byte.open)
  const field = () => {
    reader.skipSpaces()
    return reader.peek() === byte.close ? null : reader.text()
  }
  const addresses = () => {
    reader.skipSpaces()
    return readAddresses(reader)
  }
  const envelope: RawEnvelope = {
    date: field(),
    subject: field(),
    from: addresses(),
    sender: addresses(),
    replyTo: addresses(),
    to: addresses(),
    cc: addresses(),
    bcc: addresses(),
    inReplyTo: field(),
    messageId: field(),
  }
  skipToEnd(reader)
  return envelope
}

function readAddresses(reader: AnswerReader): RawAddress[] {
  const found: RawAddress[] = []
  if (!reader.take(byte.open)) {
    if (reader.peek() !== byte.close) reader.skip()
    return found
  }
  for (;;) {
    reader.skipSpaces()
    if (reader.take(byte.close)) return found
    if (reader.peek() !== byte.open || found.length >= maxAddresses) {
      reader.skip()
      continue
    }
    const address = readAddress(reader)
    if (address.name || address.address) found.push(address)
  }
}

/** A group (RFC 3501 §7.4.2: without a host) is shown by its name; its end has neither. */
function readAddress(reader: AnswerReader): RawAddress {
  const part = () => {
    reader.skipSpaces()
    return reader.peek() === byte.close ? null : reader.text()
  }
  reader.expect(byte.open)
  const [name, , mailbox, host] = [part(), part(), part(), part()]
  skipToEnd(reader)
  if (!host) return { name: name || mailbox || '', address: '' }
  return { name: name ?? '', address: `${mailbox ?? ''}@${host}` }
}

function skipToEnd(reader: AnswerReader): void {
  for (reader.skipSpaces(); !reader.take(byte.close); reader.skipSpaces()) reader.skip()
}
