import type { ImapFlowError } from 'imapflow'
import type { MailServer } from '#integrations/mail-server/mail-server.ts'
import { codeOfFault, type MailServerCode, mailServerError } from '#integrations/mail-server/mail-server-error.ts'
import { AppError } from '#platform/errors.ts'
import { connectionFaultOf } from '#platform/network/connection-fault.ts'

/** Turns whatever imapflow threw for `server` into one of the documented mail server errors. */
export function toImapError(error: unknown, server: MailServer): AppError {
  if (error instanceof AppError && error.code !== 'host_forbidden') return error
  const failure = error as ImapFlowError
  const words = wordsOf(failure)
  return mailServerError(codeOfImapError(error, words), 'IMAP', server, {
    words,
    cause: error,
    ...(isRateLimit(failure) && { retryAfterSeconds: limitCooldownSeconds }),
    ...(typeof failure.throttleReset === 'number' && { retryAfterSeconds: Math.ceil(failure.throttleReset / 1000) }),
  })
}

/** Seconds for which a server that limits its clients, and does not say for how long, is left alone at least. */
const limitCooldownSeconds = 30

/**
 * Whether the server wants to be asked less often. Only its words tell: `[LIMIT]` (RFC 5530 §3) is Yahoo's "Rate limit
 * hit" as well as a keyword too many; Gmail says "Account exceeded command or bandwidth limits".
 */
export function isRateLimit(failure: Pick<ImapFlowError, 'response' | 'responseText' | 'reason'>): boolean {
  return /rate limit|bandwidth limit|too many simultaneous connections/i.test(wordsOf(failure) ?? '')
}

function codeOfImapError(error: unknown, words: string | undefined): MailServerCode {
  if (error instanceof AppError) return 'mail.host_forbidden'
  const failure = error as ImapFlowError
  if (timeoutCodes.has(failure.code ?? '')) return 'mail.timeout'
  if (failure.code === 'ETHROTTLE' || /Backoff Time/i.test(words ?? '')) return 'mail.server_error'
  const fault = connectionFaultOf(error)
  if (fault) return codeOfFault[fault]
  if (isPlaintextRefusal(failure, words)) return 'mail.plaintext_refused'
  // RFC 5530 §3: these say nothing about the credentials.
  if (/^(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN)$/i.test(failure.serverResponseCode ?? '')) {
    return 'mail.server_error'
  }
  return failure.authenticationFailed ? 'mail.authentication_failed' : 'mail.server_error'
}

function isPlaintextRefusal(failure: ImapFlowError, words: string | undefined): boolean {
  // imapflow gives no code for a missing STARTTLS, nor for LOGINDISABLED (RFC 3501 §6.2.3).
  if (failure.tlsFailed && /STARTTLS/.test(failure.message) && failure.code === undefined) return true
  if (failure.message === 'Login is disabled') return true
  if (/^PRIVACYREQUIRED$/i.test(failure.serverResponseCode ?? '')) return true
  return /must issue a STARTTLS|plaintext authentication (is )?(disallowed|disabled)/i.test(words ?? '')
}

function wordsOf(failure: Pick<ImapFlowError, 'response' | 'responseText' | 'reason'>): string | undefined {
  if (typeof failure.response === 'string' && failure.response) return failure.response
  return failure.responseText ?? failure.reason
}

const timeoutCodes = new Set(['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT', 'ETIMEOUT'])
