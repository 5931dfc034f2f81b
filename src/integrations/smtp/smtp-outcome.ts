import type { AppError } from '#platform/errors.ts'
import { isPositive, isTransient, type SmtpReply } from './smtp-reply.ts'

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

/** Recipients in the order of the envelope, each with the answer to its RCPT TO. */
export type RecipientReplies = readonly { email: string; reply: SmtpReply }[]

export function acceptedOutcome(recipients: RecipientReplies, final: SmtpReply): SmtpOutcome {
  const response = oneLine(final.text)
  return {
    kind: 'accepted',
    response,
    recipients: recipients.map((one) => refused(one) ?? { email: one.email, state: 'accepted', response }),
  }
}

/** `final` is the answer to DATA or to the message, if it came that far: it goes for those whom RCPT TO took. */
export function rejectedOutcome(recipients: RecipientReplies, final?: SmtpReply): SmtpOutcome {
  const results = recipients.map(({ email, reply }) => resultOf(email, isPositive(reply) && final ? final : reply))
  // What can be tried again is told first: the answer to all is the one that gives hope.
  const told = final ?? (recipients.find(({ reply }) => isTransient(reply)) ?? recipients.at(-1))?.reply
  const isPermanent = results.every(({ state }) => state === 'refused')
  return { kind: 'rejected', isPermanent, response: oneLine(told?.text ?? ''), recipients: results }
}

/** The server refused the message as such, or would have to. */
export const rejectedForAll = (to: readonly string[], reply: SmtpReply): SmtpOutcome =>
  rejectedOutcome(to.map((email) => ({ email, reply })))

export function unknownOutcome(recipients: RecipientReplies, error: Error): SmtpOutcome {
  const response = oneLine(error.message)
  return {
    kind: 'unknown',
    response,
    recipients: recipients.map((one) => refused(one) ?? { email: one.email, state: 'unknown', response }),
  }
}

const refused = ({ email, reply }: RecipientReplies[number]): RecipientResult | undefined =>
  isPositive(reply) ? undefined : resultOf(email, reply)

const resultOf = (email: string, reply: SmtpReply): RecipientResult => ({
  email,
  state: isTransient(reply) ? 'deferred' : 'refused',
  response: oneLine(reply.text),
})

const oneLine = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 500)
