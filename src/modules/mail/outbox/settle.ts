import { setTimeout as delay } from 'node:timers/promises'
import type { Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Logger } from '#platform/observability/log.ts'
import { appendMailEvents, type MailEvent } from '../events.ts'
import { enqueueSentCopy } from './outbox-wakeups.ts'
import { type Claim, type OutgoingRow, type Settlement, transmissionStore } from './transmission-store.ts'

export type SettleDeps = { transact: Transact; events: Events; log: Logger }

/**
 * Writes down what became of a message, whatever it takes: a lost record of an accepted message would be a lost truth.
 * A server's acceptance counts even when the claim has lapsed meanwhile.
 */
export async function settle(deps: SettleDeps, claim: Claim, settlement: Settlement): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await deps.transact(async (tx) => {
        const row = await transmissionStore.lock(tx, claim)
        if (!row || row.state === 'sent') return
        if (row.claimed_by !== claim.claimId && settlement.state !== 'sent') return
        await transmissionStore.settle(tx, claim, settlement)
        if (settlement.state === 'sent') await enqueueSentCopy(tx, claim)
        await appendMailEvents(deps.events, tx, claim.ownerId, eventsOf(row, settlement))
      })
    } catch (error) {
      if (attempt === maxSettleAttempts) throw error
      deps.log.warn({ outbox_id: claim.id, err: error }, 'an outcome could not be stored yet')
      await delay(1000 * 2 ** (attempt - 1))
    }
  }
}

const maxSettleAttempts = 6

function eventsOf(row: OutgoingRow, { state }: Settlement): MailEvent[] {
  const type = eventTypes[state]
  if (!type) return []
  const { mail_account_id, id, message_id_header } = row
  return [{ type, data: { mail_account_id, outbox_id: id, message_id_header } }]
}

const eventTypes: Partial<
  Record<Settlement['state'], 'mail.message_sent' | 'mail.message_send_failed' | 'mail.message_send_unknown'>
> = {
  sent: 'mail.message_sent',
  failed: 'mail.message_send_failed',
  unknown: 'mail.message_send_unknown',
}
