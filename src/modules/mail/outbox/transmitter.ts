import type { SmtpMessage, SmtpOutcome, SmtpSession } from '#integrations/smtp/smtp.ts'
import { AppError } from '#platform/errors.ts'
import { openMime } from './outbox-mime.ts'
import { createOutcomes } from './outcomes.ts'
import { createPreparation, type PreparedMessage } from './preparation.ts'
import type { TransmissionRun } from './transmission-run.ts'
import type { WaitingLine } from './waiting-line.ts'

/** Servers end longer sessions by themselves. */
const messagesPerSession = 100

/** Sends the messages of a line, over one connection for each `work` that goes on. */
export function createTransmitter(run: TransmissionRun, line: WaitingLine) {
  const { deps, account } = run
  const outcomes = createOutcomes(run, line)
  const preparation = createPreparation(run, line, outcomes)
  /** Connections that work. */
  let healthy = 0
  const hasConnected = Promise.withResolvers<void>()

  async function connect(): Promise<Connection> {
    const server = await deps.connections.smtpOf(account.ownerId, account.mailAccountId)
    return { session: await deps.smtp.open(server), sent: 0 }
  }

  async function work(): Promise<void> {
    let connection: Connection | undefined
    try {
      for (let message = await preparation.next(); message; message = await preparation.next()) {
        connection = await usable(connection, message)
        if (!connection) return
        await transmit(message, connection)
      }
    } finally {
      if (connection) leave(connection)
      hasConnected.resolve()
    }
  }

  /** Undefined when there is none to be had: the message is put off, or left to a connection that works. */
  async function usable(known: Connection | undefined, message: PreparedMessage): Promise<Connection | undefined> {
    if (known?.session.isUsable() && known.sent < messagesPerSession) return known
    if (known) leave(known)
    try {
      const connection = await connect()
      healthy++
      hasConnected.resolve()
      return connection
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'not_found') throw error
      if (healthy > 0) {
        preparation.putBack(message)
        return undefined
      }
      const settlement = outcomes.conclude(message.row, { kind: 'not_sent', error })
      line.end({ seconds: settlement.retryInSeconds, reason: settlement.lastResponse })
    }
  }

  function leave({ session }: Connection): void {
    healthy--
    session.quit()
  }

  async function transmit(message: PreparedMessage, connection: Connection): Promise<void> {
    try {
      const isFirst = connection.sent++ === 0
      const outcome = await send(message, connection.session)
      // A connection that rested too long: whoever closed it has not heard of this message.
      if (outcome.kind === 'not_sent' && !isFirst) return preparation.putBack(message)
      if (outcome.kind === 'accepted') preparation.serverProven()
      outcomes.conclude(message.row, outcome)
    } catch (error) {
      // Whatever stops an attempt from inside does so before any content is sent.
      outcomes.fail(message.row, error)
    }
  }

  const send = (message: PreparedMessage, session: SmtpSession): Promise<SmtpOutcome> =>
    session.send(
      messageOf(message, () => openMime(deps.objects, message.mime)),
      { onTransmitting: () => preparation.mark(message) },
    )

  return {
    /** Takes message after message until the line ends. */
    work,
    /** The same over one more connection, once the first has shown that there is one to be had. */
    async workBeside(): Promise<void> {
      await hasConnected.promise
      if (healthy > 0) await work()
    },
    /** Gives back what was not tried. Resolves when all that became known is written down. */
    async settled(): Promise<void> {
      await preparation.stop()
      await outcomes.settled()
    },
  }
}

type Connection = { session: SmtpSession; sent: number }

const messageOf = ({ row, mime: { size, isEightBit } }: PreparedMessage, mime: SmtpMessage['mime']): SmtpMessage => ({
  from: row.envelope_from,
  to: row.recipients.filter(({ state }) => state === 'queued').map(({ email }) => email),
  ...{ size, isEightBit, mime },
  ...(row.envelope_from === '' && row.composition && { fallbackFrom: row.composition.from.email }),
  requiresSmtpUtf8: row.requires_smtputf8,
  reports: { envelopeId: row.id, of: row.kind === 'message' ? 'failure_and_delay' : 'never' },
})
