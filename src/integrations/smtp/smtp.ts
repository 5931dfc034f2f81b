import type { MailServer } from '#integrations/mail-server/mail-server.ts'
import { mailServerError } from '#integrations/mail-server/mail-server-error.ts'
import { withRenewal } from '#integrations/mail-server/token-login.ts'
import type { HostGuard } from '#platform/network/host-guard.ts'
import type { Logger } from '#platform/observability/log.ts'
import { toSmtpError } from './smtp-error.ts'
import type { SmtpMessage } from './smtp-message.ts'
import type { SmtpOutcome } from './smtp-outcome.ts'
import { type SignedIn, signIn } from './smtp-session.ts'
import { NothingSent, transact } from './smtp-transaction.ts'

export type { SmtpMessage, SmtpOutcome }

export type Smtp = {
  /** Signs in and leaves. @throws AppError, its code one of `mailServerCodes`. */
  verify(server: MailServer): Promise<void>
  /** A connection for one message after the other. @throws AppError, its code one of `mailServerCodes`. */
  open(server: MailServer): Promise<SmtpSession>
}

/** A signed-in connection. It is to be left by `quit`. */
export type SmtpSession = {
  /** Whether another message can be sent. */
  isUsable(): boolean
  /**
   * Transmits once. `onTransmitting` is called when the server waits for content, and no byte of content leaves before
   * it resolves: record there that from now on the message may have arrived.
   * @throws what `onTransmitting` or the opening of the content threw, having sent nothing; the session is unusable
   *   then. Everything else is an outcome.
   */
  send(message: SmtpMessage, hooks: { onTransmitting: () => Promise<void> }): Promise<SmtpOutcome>
  /** Says QUIT and leaves, without waiting for the answer. */
  quit(): void
}

/** A client for users' submission servers (RFC 6409). */
export function createSmtp(deps: { guard: HostGuard; log: Logger; isPlaintextAllowed: boolean }): Smtp {
  const connect = async (server: MailServer): Promise<SignedIn> => {
    if (server.security === 'none' && !deps.isPlaintextAllowed) {
      throw mailServerError('mail.plaintext_refused', 'SMTP', server)
    }
    const { address } = await deps.guard.check(server.host).catch((error) => {
      throw toSmtpError(error, server)
    })
    return signIn(server, address)
  }
  return {
    async verify(server) {
      const { channel } = await withRenewal(server, connect)
      channel.quit()
    },
    open: async (server) => createSession(server, await withRenewal(server, connect)),
  }
}

function createSession(server: MailServer, { channel, extensions }: SignedIn): SmtpSession {
  let needsReset = false
  return {
    isUsable: () => channel.failure() === undefined,
    async send(message, { onTransmitting }) {
      try {
        const outcome = await transact({ channel, extensions, message, needsReset, onTransmitting })
        needsReset = outcome.kind !== 'accepted'
        return outcome
      } catch (error) {
        if (error instanceof NothingSent) return { kind: 'not_sent', error: toSmtpError(error.cause, server) }
        throw error
      }
    },
    quit: channel.quit,
  }
}
