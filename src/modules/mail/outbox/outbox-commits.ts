import { setTimeout as delay } from 'node:timers/promises'
import type { Transact, Tx } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Logger } from '#platform/observability/log.ts'
import { appendMailEvents, type MailEvent } from '../events.ts'
import type { Wake } from '../wake.ts'
import { createBatches } from './commit-batches.ts'
import { enqueueFiling } from './outbox-wakeups.ts'
import { applySentEffects } from './sent-effects.ts'
import { lateSettlement } from './settlement.ts'
import {
  type Claim,
  type OutboxAccount,
  type Settlement,
  type SettlingRow,
  transmissionStore,
} from './transmission-store.ts'

export type CommitDeps = {
  transact: Transact
  events: Events
  wake: Wake
  log: Logger
  claimSeconds: number
}

type End = Claim & { settlement: Settlement }

export type OutboxCommits = ReturnType<typeof createOutboxCommits>

/** Writes down what became of the messages of one account: several connections share the cost of each commit. */
export function createOutboxCommits(deps: CommitDeps, { ownerId, mailAccountId }: OutboxAccount) {
  const ends = createBatches(async (ending: readonly End[]) => {
    await deps.transact((tx) => settleAll(tx, ending))
    return () => undefined
  }, endsTogether)

  async function settleAll(tx: Tx, ending: readonly End[]): Promise<void> {
    const rows = await transmissionStore.lockAll(
      tx,
      ownerId,
      ending.map(({ id }) => id),
    )
    const settled = ending.flatMap((end) => settledRow(end, rows.get(end.id)) ?? [])
    if (settled.length === 0) return
    await transmissionStore.settleAll(
      tx,
      ownerId,
      settled.map(({ row, settlement }) => ({ ...settlement, id: row.id })),
    )
    const isFinal = ({ settlement: { state } }: Settled) => state === 'sent' || state === 'failed'
    if (settled.some(isFinal)) await enqueueFiling(tx, { ownerId, mailAccountId })
    const sent = settled.filter(({ settlement: { state } }) => state === 'sent').map(({ row }) => row)
    await applySentEffects(tx, ownerId, sent, deps.wake)
    await appendMailEvents(deps.events, tx, ownerId, settled.flatMap(eventsOf))
  }

  /** Tried until it is safe, for a minute: a lost record of an accepted message would be a lost truth. */
  async function settle(claim: Claim, settlement: Settlement): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await ends.add({ ...claim, settlement })
      } catch (error) {
        if (attempt === maxSettleAttempts) throw error
        deps.log.warn({ outbox_id: claim.id, err: error }, 'an outcome could not be stored yet')
        await delay(1000 * 2 ** (attempt - 1))
      }
    }
  }

  return {
    /** What became of a message. A server's acceptance counts even when the claim has lapsed meanwhile. */
    settle,
    /** Nothing more will come soon. */
    flush: ends.flush,
  }
}

/** Nobody waits for the record of what has arrived, which takes many statements for however many messages. */
const endsTogether = { gatherMs: 100 }
const maxSettleAttempts = 6

type Settled = { row: SettlingRow; settlement: Settlement }

function settledRow({ claimId, settlement }: End, row: SettlingRow | undefined): Settled | undefined {
  if (!row || row.state === 'sent') return undefined
  if (row.claimed_by === claimId) return { row, settlement }
  const late = lateSettlement(row, settlement)
  return late && { row, settlement: late }
}

function eventsOf({ row, settlement: { state } }: Settled): MailEvent[] {
  const type = eventTypes[state]
  if (!type || row.state === state || row.kind !== 'message') return []
  const { mail_account_id, id, message_id_header, sent_by } = row
  const by = sent_by === null ? {} : { sent_by }
  return [{ type, data: { mail_account_id, outbox_id: id, message_id_header, ...by } }]
}

const eventTypes: Partial<
  Record<Settlement['state'], 'mail.message_sent' | 'mail.message_send_failed' | 'mail.message_send_unknown'>
> = {
  sent: 'mail.message_sent',
  failed: 'mail.message_send_failed',
  unknown: 'mail.message_send_unknown',
}
