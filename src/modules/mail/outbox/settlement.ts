import { isOverLimit } from '#integrations/smtp/send-limits.ts'
import type { SmtpOutcome } from '#integrations/smtp/smtp.ts'
import type { OutboxRecipient, RecipientState } from './outbox-store.ts'
import { retryDelaySeconds } from './retry-schedule.ts'
import type { OutgoingRow, Settlement } from './transmission-store.ts'

/** How long after a cut the server may still be busy with the message and with its copy in Sent. */
const lookDelaySeconds = 15

/** When to ask a provider again that has had enough of an account for today. */
export const limitedDelaySeconds = 3600

/**
 * What a message becomes by an outcome. Only recipients whom the server has not answered for good are tried again, and
 * only when it is certain that they have not got the message: no content was sent, or the server answered 4yz.
 */
export function settlementOf(row: OutgoingRow, outcome: SmtpOutcome): Settlement {
  if (outcome.kind === 'not_sent') {
    const { message, retryAfterSeconds } = outcome.error
    return settled(row, row.recipients, message, retryAfterSeconds)
  }
  const recipients = merge(row.recipients, outcome)
  const isLimited = outcome.recipients.some(({ response }) => isOverLimit(response))
  if (outcome.kind !== 'unknown') {
    return settled(row, recipients, outcome.response, isLimited ? limitedDelaySeconds : 0)
  }
  return { state: 'transmitting', recipients, lastResponse: outcome.response, retryInSeconds: lookDelaySeconds }
}

/**
 * A transmission that was cut off, once it is known or given up what became of it. After a lost connection those in
 * flight are marked `unknown` already; after a crash they are all that were still `queued`.
 */
export function lostSettlement(row: OutgoingRow, found: { isInSent: boolean }): Settlement {
  const inFlight = row.recipients.some(({ state }) => state === 'unknown') ? 'unknown' : 'queued'
  const resolve = (state: RecipientState, response: string) =>
    row.recipients.map((recipient) => (recipient.state === inFlight ? { ...recipient, state, response } : recipient))
  if (found.isInSent) {
    return { ...settled(row, resolve('accepted', filedByServer), filedByServer), isFiled: true }
  }
  // Nobody else is tried either: what is tried again by itself would hide that a decision is asked for.
  const recipients = resolve('unknown', cutOff).map((recipient) => giveUp(recipient, cutOff))
  return { state: 'unknown', recipients, lastResponse: cutOff, retryInSeconds: 0 }
}

const filedByServer = 'The connection was lost before the answer, but the server has filed the message in Sent.'
const cutOff = 'The connection was lost before the server answered; the message may or may not have been sent.'

/**
 * What is still true of an outcome that comes after somebody else has taken the message over: whom the server took it
 * for. Undefined when that is news to nobody.
 */
export function lateSettlement(
  row: Pick<OutgoingRow, 'state' | 'recipients'>,
  late: Settlement,
): Settlement | undefined {
  const accepted = new Map(
    late.recipients.filter(({ state }) => state === 'accepted').map((recipient) => [recipient.email, recipient]),
  )
  const isNews = ({ email, state }: OutboxRecipient) => state !== 'accepted' && accepted.has(email)
  if (!row.recipients.some(isNews)) return undefined
  const recipients = row.recipients.map((one) => (isNews(one) ? (accepted.get(one.email) ?? one) : one))
  const isOpen = recipients.some(({ state }) => state === 'queued' || state === 'unknown')
  return { ...late, state: isOpen ? row.state : 'sent', recipients }
}

/** A message that can never be sent. */
export function failedSettlement(row: OutgoingRow, reason: string): Settlement {
  return settled({ ...row, is_overdue: true }, row.recipients, reason)
}

function settled(row: OutgoingRow, recipients: OutboxRecipient[], response: string, retryAfterSeconds = 0): Settlement {
  const isPending = recipients.some(({ state }) => state === 'queued')
  if (isPending && !row.is_overdue) {
    const retryInSeconds = Math.max(retryDelaySeconds(row.attempts), retryAfterSeconds)
    return { state: 'queued', recipients, lastResponse: response, retryInSeconds }
  }
  const final = recipients.map((recipient) => giveUp(recipient, response))
  const isSent = final.some(({ state }) => state === 'accepted')
  return { state: isSent ? 'sent' : 'failed', recipients: final, lastResponse: response, retryInSeconds: 0 }
}

const giveUp = (recipient: OutboxRecipient, reason: string): OutboxRecipient =>
  recipient.state === 'queued' ? { ...recipient, state: 'refused', response: recipient.response ?? reason } : recipient

function merge(
  recipients: readonly OutboxRecipient[],
  outcome: Exclude<SmtpOutcome, { kind: 'not_sent' }>,
): OutboxRecipient[] {
  const results = new Map(outcome.recipients.map((result) => [result.email, result]))
  return recipients.map((recipient) => {
    const result = results.get(recipient.email)
    if (!result || recipient.state === 'accepted' || recipient.state === 'refused') return recipient
    // A provider that lets an account send no more today lets it tomorrow, whatever code it says that with.
    const isForLater = result.state === 'deferred' || (result.state === 'refused' && isOverLimit(result.response))
    const state = isForLater ? ('queued' as const) : (result.state as RecipientState)
    return { email: recipient.email, state, response: result.response }
  })
}
