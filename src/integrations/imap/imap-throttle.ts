import type { ImapFlow, ImapFlowError } from 'imapflow'
import type { MailServer } from '#integrations/mail-server/mail-server.ts'
import { mailServerError } from '#integrations/mail-server/mail-server-error.ts'
import type { AppError } from '#platform/errors.ts'
import { isRateLimit, toImapError } from './imap-error.ts'

const reasons = new WeakMap<ImapFlow, AppError>()

/** Why a connection was closed on our side: its server wants to be left alone. Undefined when that is not why it ended. */
export const throttleReasonOf = (client: ImapFlow): AppError | undefined => reasons.get(client)

/**
 * imapflow answers throttling by waiting inside of a command, for minutes, and tells many refusals to its logger alone.
 * Nothing else of what it logs is kept.
 */
export function createThrottleWatch(server: MailServer) {
  const ignore = () => {}
  const watch = {
    onThrottled: ignore as (reason: AppError) => void,
    logger: {
      // Asked before a line is put together for the log, which costs as much as reading it.
      isLevelEnabled: (level: string) => level === 'warn',
      ...{ trace: ignore, debug: ignore, info: ignore, error: ignore, fatal: ignore },
      warn: ({ throttleDelay, err = {} }: { throttleDelay?: unknown; err?: Partial<ImapFlowError> }) => {
        if (typeof throttleDelay === 'number') {
          const reason = mailServerError('mail.server_error', 'IMAP', server, { words: err.responseText })
          // Only once it waits does its end end the command too.
          setImmediate(() => watch.onThrottled(reason))
        } else if (isRateLimit(err)) watch.onThrottled(toImapError(err, server))
      },
    },
    /** From now on the connection is closed as soon as its server throttles it: asking on makes it worse. */
    guard(client: ImapFlow): void {
      watch.onThrottled = (reason) => {
        if (!reasons.has(client)) reasons.set(client, reason)
        client.close()
      }
    },
  }
  return watch
}

export type ThrottleWatch = ReturnType<typeof createThrottleWatch>
