import { Readable } from 'node:stream'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { MailServer } from '#integrations/mail-server/mail-server.ts'
import { mailServerError } from '#integrations/mail-server/mail-server-error.ts'
import { withRenewal } from '#integrations/mail-server/token-login.ts'
import { AppError } from '#platform/errors.ts'
import type { HostGuard } from '#platform/network/host-guard.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type SmtpError, toSmtpError } from './smtp-error.ts'
import {
  acceptedOutcome,
  isAnswer,
  refusalsOf,
  rejectedOutcome,
  type SmtpOutcome,
  unknownOutcome,
} from './smtp-outcome.ts'
import { openSmtpSession, type SmtpSession } from './smtp-session.ts'

export type { SmtpOutcome }

/** What to transmit. Addresses are bare (`a@b`); domains of theirs are in ASCII. */
export type SmtpMessage = {
  from: string
  to: readonly string[]
  /** The size of the MIME in bytes, told to servers that ask for it (RFC 1870). */
  size: number
  /** True when an address has a local part beyond ASCII (RFC 6531). */
  requiresSmtpUtf8: boolean
  /** Opens the MIME anew, read once the server is ready for it. Its line ends become CRLF, its dots are stuffed. */
  mime: () => Promise<Readable>
}

export type Smtp = {
  /** Signs in and leaves. @throws AppError, its code one of `mailServerCodes`. */
  verify(server: MailServer): Promise<void>
  /**
   * Transmits once. `onTransmitting` is called when the server waits for content, and no byte of content leaves before
   * it resolves: record there that from now on the message may have arrived.
   * @throws what `onTransmitting` threw, having sent nothing. Everything else is an outcome.
   */
  send(server: MailServer, message: SmtpMessage, hooks: { onTransmitting: () => Promise<void> }): Promise<SmtpOutcome>
}

/** Sign-in aside, all of the envelope: long enough for 500 recipients without PIPELINING. */
const envelopeTimeoutMs = 120_000

/** A client for users' submission servers (RFC 6409), on nodemailer's connection. */
export function createSmtp(deps: { guard: HostGuard; log: Logger; isPlaintextAllowed: boolean }): Smtp {
  const connect = async (server: MailServer): Promise<SmtpSession> => {
    if (server.security === 'none' && !deps.isPlaintextAllowed) {
      throw mailServerError('mail.plaintext_refused', 'SMTP', server)
    }
    const { address } = await deps.guard.check(server.host).catch((error) => {
      throw toSmtpError(error, server)
    })
    return openSmtpSession(server, address)
  }
  const open = (server: MailServer): Promise<SmtpSession> => withRenewal(server, connect)
  return {
    async verify(server) {
      const session = await open(server)
      session.quit()
    },
    async send(server, message, { onTransmitting }) {
      let session: SmtpSession
      try {
        session = await open(server)
      } catch (error) {
        if (error instanceof AppError) return { kind: 'not_sent', error }
        throw error
      }
      try {
        const outcome = await transmit(session, server, message, onTransmitting)
        if (outcome.kind === 'accepted') session.quit()
        return outcome
      } finally {
        session.abort()
      }
    },
  }
}

type Envelope = SMTPConnection.Envelope & { rejectedErrors?: SmtpError[] }

async function transmit(
  session: SmtpSession,
  server: MailServer,
  message: SmtpMessage,
  onTransmitting: () => Promise<void>,
): Promise<SmtpOutcome> {
  const to = [...message.to]
  if (message.requiresSmtpUtf8 && !session.extensions.has('SMTPUTF8')) {
    const error = Object.assign(new Error('The server does not take addresses beyond ASCII (SMTPUTF8).'), {
      permanent: true,
    })
    return rejectedOutcome(to, new Map(), error)
  }
  // nodemailer keeps its account of the recipients on this very object.
  const envelope: Envelope = { from: message.from, to, size: message.size }
  const gate = createGate(message, onTransmitting)
  try {
    const sent = await deliver(session, envelope, gate)
    return acceptedOutcome(message.to, refusalsOf(sent.rejectedErrors), sent.response)
  } catch (error) {
    // With the connection gone the gate can let nothing through any more, even if it was just about to.
    session.abort()
    await gate.settled()
    if (gate.refusal) throw gate.refusal.reason
    return failedOutcome(error as SmtpError, gate.hasOpened, { message, server, envelope })
  }
}

function failedOutcome(
  error: SmtpError,
  hasBegun: boolean,
  { message, server, envelope }: { message: SmtpMessage; server: MailServer; envelope: Envelope },
): SmtpOutcome {
  const refusals = refusalsOf(envelope.rejectedErrors)
  if (hasBegun) {
    const isAnswered = error.code === 'EMESSAGE' && isAnswer(error)
    return isAnswered ? rejectedOutcome(message.to, refusals, error) : unknownOutcome(message.to, refusals, error)
  }
  const isRejected = error.code === 'EENVELOPE' || error.code === 'EMESSAGE'
  if (isRejected) return rejectedOutcome(message.to, refusals, error)
  return { kind: 'not_sent', error: toSmtpError(error, server) }
}

type Gate = ReturnType<typeof createGate>

/**
 * The content, held back until `onTransmitting` resolves. nodemailer begins to read once the server has answered 354,
 * and destroys the stream when the connection fails.
 */
function createGate(message: SmtpMessage, onTransmitting: () => Promise<void>) {
  const opened = Promise.withResolvers<void>()
  let opening: Promise<Readable> | undefined
  const gate = {
    hasOpened: false,
    /** Why nothing may go out; set when our own side failed. */
    refusal: undefined as { reason: unknown } | undefined,
    opened: opened.promise,
    content: Readable.from(read(), { objectMode: false }),
    settled: async () => void (await opening?.catch(() => {})),
  }
  async function open(): Promise<Readable> {
    try {
      const mime = await message.mime()
      await onTransmitting()
      return mime
    } catch (reason) {
      gate.refusal = { reason }
      throw reason
    }
  }
  async function* read(): AsyncGenerator<Buffer> {
    opening = open()
    const mime = await opening
    if (gate.content.destroyed) return void mime.destroy()
    gate.hasOpened = true
    opened.resolve()
    yield* mime
  }
  return gate
}

function deliver({ connection }: SmtpSession, envelope: Envelope, gate: Gate): Promise<SMTPConnection.SentMessageInfo> {
  return new Promise((resolve, reject) => {
    const late = Object.assign(new Error('The envelope took too long.'), { code: 'ETIMEDOUT' })
    const timer = setTimeout(() => reject(late), envelopeTimeoutMs)
    gate.opened.then(() => clearTimeout(timer))
    connection.send(envelope, gate.content, (error, sent) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve(sent)
    })
  })
}
