import type { SendLimits } from '#integrations/smtp/send-limits.ts'
import type { Transact } from '#platform/database/database.ts'
import { type Allowance, allowanceStore } from './allowance-store.ts'
import { type OutboxAccount, type OutgoingRow, transmissionStore } from './transmission-store.ts'

export type ClaimOptions = { claimId: string; limit: number; seconds: number }

/**
 * Takes messages that are due, as many as the provider lets the account send now; what is beyond that waits until it
 * does. Nodes that do so at once wait for each other.
 */
export function claimWithinLimits(
  transact: Transact,
  account: OutboxAccount,
  { limits, ...claim }: ClaimOptions & { limits: SendLimits },
): Promise<OutgoingRow[]> {
  return transact(async (tx) => {
    const allowance = await allowanceStore.lock(tx, account, limits)
    const seconds = secondsUntilAllowed(allowance, limits)
    if (seconds > 0) {
      await transmissionStore.postpone(tx, account, { seconds, reason: reasonOf(limits, allowance), isTrying: false })
      return []
    }
    const limit = Math.min(claim.limit, Math.floor(allowance.messages))
    const rows = await transmissionStore.claimDue(tx, account, { ...claim, limit })
    await allowanceStore.take(tx, account, { messages: rows.length, recipients: openRecipients(rows) })
    return rows
  })
}

/** Zero when at least one message may go. */
function secondsUntilAllowed({ messages, recipients }: Allowance, limits: SendLimits): number {
  const ofMinute = messages >= 1 ? 0 : ((1 - messages) * 60) / limits.messagesPerMinute
  const ofDay = recipients >= 1 ? 0 : ((1 - recipients) * 86_400) / limits.recipientsPerDay
  return Math.ceil(Math.max(ofMinute, ofDay))
}

const openRecipients = (rows: readonly OutgoingRow[]): number =>
  rows.reduce((sum, { recipients }) => sum + recipients.filter(({ state }) => state === 'queued').length, 0)

const reasonOf = (limits: SendLimits, { recipients }: Allowance): string =>
  recipients >= 1
    ? `The provider lets this account send ${limits.messagesPerMinute} messages a minute; it goes on in a moment.`
    : `The provider lets this account send to ${limits.recipientsPerDay} recipients a day; it goes on by and by.`
