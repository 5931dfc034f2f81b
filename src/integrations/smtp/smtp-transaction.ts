import type { Readable } from 'node:stream'
import type { SmtpChannel } from './smtp-channel.ts'
import { wireContent } from './smtp-content.ts'
import { mailCommand, rcptCommand, type SmtpExtensions, type SmtpMessage, unmetNeed } from './smtp-message.ts'
import {
  acceptedOutcome,
  type RecipientReplies,
  rejectedForAll,
  rejectedOutcome,
  type SmtpOutcome,
  unknownOutcome,
} from './smtp-outcome.ts'
import { isPositive, type SmtpReply } from './smtp-reply.ts'

/** All of the envelope: long enough for 500 recipients without PIPELINING. */
const envelopeTimeoutMs = 120_000
/** Bytes of one BDAT: each is answered before the next but one is sent. */
const chunkBytes = 512 * 1024

export type Transaction = {
  channel: SmtpChannel
  extensions: SmtpExtensions
  message: SmtpMessage
  /** Whether something of an earlier message is still to be undone by RSET. */
  needsReset: boolean
  /** Called when the server waits for content; no byte of content leaves before it resolves. */
  onTransmitting: () => Promise<void>
}

/** The connection failed, or our own side did, before any content. */
export class NothingSent extends Error {
  constructor(cause: unknown) {
    super('The connection was lost before any content was sent.', { cause })
    this.name = 'NothingSent'
  }
}

/**
 * One message over a connection that waits for MAIL FROM.
 * @throws NothingSent, and what `onTransmitting` or opening the content threw; nothing was sent then.
 */
export async function transact(transaction: Transaction): Promise<SmtpOutcome> {
  const { channel, extensions, message, onTransmitting } = transaction
  const need = unmetNeed(message, extensions)
  if (need) return rejectedForAll(message.to, { code: 550, text: need })
  const envelope = await sayEnvelope(transaction)
  if ('outcome' in envelope) return envelope.outcome
  const mime = await openGate(channel, message, onTransmitting)
  try {
    const final = extensions.has('CHUNKING') ? await sendChunks(transaction, mime) : await sendData(channel, mime)
    return isPositive(final) ? acceptedOutcome(envelope.recipients, final) : rejectedOutcome(envelope.recipients, final)
  } catch (error) {
    channel.abort(error as Error)
    return unknownOutcome(envelope.recipients, error as Error)
  } finally {
    mime.destroy()
  }
}

type Envelope = { recipients: RecipientReplies } | { outcome: SmtpOutcome }

async function sayEnvelope(transaction: Transaction): Promise<Envelope> {
  const { channel, message } = transaction
  const late = setTimeout(() => channel.abort(new Error('The envelope took too long.')), envelopeTimeoutMs)
  try {
    const first = await envelopeFrom(transaction, message.from)
    const isBounceRefused = message.from === '' && 'outcome' in first && first.isSenderRefused
    if (!isBounceRefused || message.fallbackFrom === undefined) return first
    return await envelopeFrom({ ...transaction, needsReset: true }, message.fallbackFrom)
  } catch (error) {
    throw new NothingSent(error)
  } finally {
    clearTimeout(late)
  }
}

/** MAIL FROM, each RCPT TO and, where content follows by it, DATA: at once where the server lets us (RFC 2920). */
async function envelopeFrom(
  { channel, extensions, message, needsReset }: Transaction,
  from: string,
): Promise<{ recipients: RecipientReplies } | { outcome: SmtpOutcome; isSenderRefused?: boolean }> {
  const say = extensions.has('PIPELINING') ? channel.say : (commands: readonly string[]) => oneByOne(channel, commands)
  const [reset, data] = [needsReset ? ['RSET'] : [], extensions.has('CHUNKING') ? [] : ['DATA']]
  const rcpts = message.to.map((email) => rcptCommand(email, message, extensions))
  const replies = await Promise.all(say([...reset, mailCommand(from, message, extensions), ...rcpts, ...data]))
  const [sender, ...others] = replies.slice(reset.length) as [SmtpReply, ...SmtpReply[]]
  const recipients = message.to.map((email, at) => ({ email, reply: others[at] as SmtpReply }))
  const ready = others[message.to.length]
  if (!isPositive(sender)) {
    if (ready && isReady(ready)) channel.abort()
    return { outcome: rejectedForAll(message.to, sender), isSenderRefused: true }
  }
  if (!recipients.some(({ reply }) => isPositive(reply))) {
    // Content is expected by a server that has nobody to give it to; nothing ends that but the connection's end.
    if (ready && isReady(ready)) channel.abort()
    return { outcome: rejectedOutcome(recipients) }
  }
  return ready && !isReady(ready) ? { outcome: rejectedOutcome(recipients, ready) } : { recipients }
}

/** 354, for which some servers say 250. */
const isReady = ({ code }: SmtpReply): boolean => code < 400

/** Each command after the answer to the one before; what makes no sense any more is left out, as if refused alike. */
function oneByOne(channel: SmtpChannel, commands: readonly string[]): Promise<SmtpReply>[] {
  let before: Promise<unknown> = Promise.resolve()
  let refusal: SmtpReply | undefined
  let accepted = 0
  return commands.map((command) => {
    const isMail = command.startsWith('MAIL ')
    const ask = async (): Promise<SmtpReply> => {
      if (refusal || (command === 'DATA' && accepted === 0)) return refusal ?? { code: 503, text: '' }
      const reply = await (channel.say([command])[0] as Promise<SmtpReply>)
      if (isMail && !isPositive(reply)) refusal = reply
      if (command.startsWith('RCPT ') && isPositive(reply)) accepted++
      return reply
    }
    const reply = before.then(ask)
    reply.catch(() => undefined)
    before = reply
    return reply
  })
}

/** Whatever fails here leaves a connection that can let nothing through any more. */
async function openGate(channel: SmtpChannel, message: SmtpMessage, onTransmitting: () => Promise<void>) {
  let mime: Readable | undefined
  try {
    mime = await message.mime()
    await onTransmitting()
  } catch (error) {
    mime?.destroy()
    channel.abort()
    throw error
  }
  const failure = channel.failure()
  if (!failure) return mime
  mime.destroy()
  throw new NothingSent(failure)
}

async function sendData(channel: SmtpChannel, mime: Readable): Promise<SmtpReply> {
  const reply = channel.expectReply()
  let early: SmtpReply | undefined
  reply.then(
    (answer) => (early = answer),
    () => undefined,
  )
  for await (const bytes of wireContent(mime, { stuffDots: true })) {
    if (early) return refusedEarly(channel, early)
    await channel.write(bytes).catch(() => reply.then(() => undefined))
  }
  if (early) return refusedEarly(channel, early)
  await channel.write('.\r\n').catch(() => undefined)
  return reply
}

/** A server that has heard enough: what it waits for now is unclear, so the connection is done with. */
function refusedEarly(channel: SmtpChannel, reply: SmtpReply): SmtpReply {
  channel.abort()
  if (isPositive(reply)) throw new Error('The server answered before it had the whole message.')
  return reply
}

/** RFC 3030 §2: no line ends are looked for, so nothing is stuffed. */
async function sendChunks({ channel, extensions }: Transaction, mime: Readable): Promise<SmtpReply> {
  const isPipelined = extensions.has('PIPELINING')
  let pending: Promise<SmtpReply> | undefined
  for await (const { bytes, isLast } of chunksOf(wireContent(mime, { stuffDots: false }))) {
    if (pending && !isPipelined) {
      const reply = await pending
      if (!isPositive(reply)) return reply
    }
    const reply = channel.expectReply()
    const command = Buffer.from(`BDAT ${bytes.length}${isLast ? ' LAST' : ''}\r\n`)
    await channel.write(Buffer.concat([command, bytes])).catch(() => undefined)
    // What the server says to the last one goes for the whole message, whatever came before.
    if (isLast) return reply
    const before = pending && isPipelined ? await pending : undefined
    if (before && !isPositive(before)) return before
    pending = reply
  }
  throw new Error('The content ended without an end.')
}

/** Pieces of `chunkBytes`, and the last one, perhaps empty, marked as such. */
async function* chunksOf(content: AsyncIterable<Buffer>): AsyncGenerator<{ bytes: Buffer; isLast: boolean }> {
  let held: Buffer[] = []
  let size = 0
  for await (const bytes of content) {
    held.push(bytes)
    size += bytes.length
    while (size > chunkBytes) {
      const all = Buffer.concat(held)
      yield { bytes: all.subarray(0, chunkBytes), isLast: false }
      held = [all.subarray(chunkBytes)]
      size -= chunkBytes
    }
  }
  yield { bytes: Buffer.concat(held), isLast: true }
}
