import type { AppError } from '#platform/errors.ts'
import type { SmtpError } from './smtp-error.ts'

/**
 * What became of one recipient: the server took it, refused it for good (5yz), asked to try again (4yz), or was cut
 * off while it held the message.
 */
type RecipientResult = {
  email: string
  state: 'accepted' | 'refused' | 'deferred' | 'unknown'
  response: string
}

/**
 * What is known of a transmission, never more than that.
 * - `accepted`: the server took the message for at least one recipient.
 * - `rejected`: the server answered, and took it for none.
 * - `not_sent`: the connection failed before a byte of content went out, so nothing can have been delivered.
 * - `unknown`: it failed after content had begun and before the final answer. To repeat it could deliver twice.
 */
export type SmtpOutcome =
  | { kind: 'accepted'; response: string; recipients: RecipientResult[] }
  | { kind: 'rejected'; isPermanent: boolean; response: string; recipients: RecipientResult[] }
  | { kind: 'not_sent'; error: AppError }
  | { kind: 'unknown'; response: string; recipients: RecipientResult[] }

/** Addresses that RCPT TO was refused for, each with the answer. */
export type RcptRefusals = ReadonlyMap<string, SmtpError>

export const refusalsOf = (errors: readonly SmtpError[] = []): RcptRefusals =>
  new Map(errors.map((error) => [error.recipient ?? '', error]))

export function acceptedOutcome(to: readonly string[], refusals: RcptRefusals, response: string): SmtpOutcome {
  const recipients = to.map((email) => resultOf(email, refusals.get(email)) ?? accepted(email, response))
  return { kind: 'accepted', response: oneLine(response), recipients }
}

/** `error` is the server's answer to MAIL FROM, to every RCPT TO, to DATA or to the message. */
export function rejectedOutcome(to: readonly string[], refusals: RcptRefusals, error: SmtpError): SmtpOutcome {
  const recipients = to.map((email) => resultOf(email, refusals.get(email) ?? error) ?? accepted(email, ''))
  const isPermanent = recipients.every(({ state }) => state === 'refused')
  return { kind: 'rejected', isPermanent, response: answerOf(error), recipients }
}

export function unknownOutcome(to: readonly string[], refusals: RcptRefusals, error: Error): SmtpOutcome {
  const response = oneLine(error.message)
  const recipients = to.map(
    (email) => resultOf(email, refusals.get(email)) ?? { email, state: 'unknown' as const, response },
  )
  return { kind: 'unknown', response, recipients }
}

/** An answer is 4yz or 5yz; anything else that ends a command is the connection's failure. */
export const isAnswer = ({ responseCode }: SmtpError): boolean =>
  responseCode !== undefined && responseCode >= 400 && responseCode < 600

function resultOf(email: string, error: SmtpError | undefined): RecipientResult | undefined {
  if (!error) return undefined
  const isForGood = error.permanent ?? !isAnswer(error)
  return { email, state: isForGood ? 'refused' : 'deferred', response: answerOf(error) }
}

const accepted = (email: string, response: string): RecipientResult => ({
  email,
  state: 'accepted',
  response: oneLine(response),
})

const answerOf = ({ response, message }: SmtpError): string => oneLine(response ?? message)

const oneLine = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 500)
