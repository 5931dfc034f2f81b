import type { Database, Transact, Tx } from '#platform/database/database.ts'
import type { Events, NewEvent } from '#platform/events/events.ts'
import { newId } from '#platform/ids.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Tracing } from '#platform/observability/tracing.ts'
import { AttemptAborted, type AttemptDeps, attempt, type Outcome } from './attempt.ts'
import { deliveryOrderStore } from './delivery-order-store.ts'
import { type EndpointKey, endpointStore, type Stop } from './endpoint-store.ts'
import type { WebhookMetrics } from './metrics.ts'
import type { Secrets } from './secrets.ts'
import { type Settlement, settlementOf } from './settlement.ts'
import { type ClaimedDelivery, type Receiver, transmissionStore } from './transmission-store.ts'
import { enqueueDelivery } from './wake-ups.ts'

export type SenderDeps = {
  database: Database
  transact: Transact
  events: Events
  secrets: Secrets
  attempts: AttemptDeps
  metrics: WebhookMetrics
  tracing: Tracing
  log: Logger
  /** After how many seconds without an outcome another process takes a delivery over; longer than any attempt. */
  claimSeconds: number
  /** How many deliveries of one endpoint may be under way on all nodes together. */
  perEndpoint: number
}

/** After a fault of our own, which no receiver is to blame for. */
const retryAfterFaultSeconds = 30

export type Claimed = { receiver: Receiver; delivery: ClaimedDelivery; claimedAt: number }

/** Takes deliveries that are due, sends them, and records what came of each before the next about the same thing. */
export function createSender(deps: SenderDeps) {
  const { transact, claimSeconds, perEndpoint } = deps

  /** A process that slept since its claim may find the delivery with another by now. */
  const isFresh = ({ claimedAt }: Claimed) =>
    performance.now() - claimedAt < claimSeconds * 1000 - deps.attempts.timeoutMs

  return {
    /** As many as the endpoint may have under way beside those that it has; of one that fails, one at a time. */
    claim: (key: EndpointKey): Promise<Claimed[]> =>
      transact(async (tx) => {
        const claimedAt = performance.now()
        const receiver = await transmissionStore.lock(tx, key)
        if (!receiver) return []
        const allowed = receiver.failing_since === null ? perEndpoint : 1
        const limit = allowed - (await transmissionStore.countClaimed(tx, key))
        if (limit <= 0) return []
        const isTestOnly = receiver.state !== 'active' || receiver.is_held
        const claim = { claimId: newId(), seconds: claimSeconds, limit, isTestOnly }
        const deliveries = await transmissionStore.claim(tx, key, claim)
        return deliveries.map((delivery) => ({ receiver, delivery, claimedAt }))
      }),

    /** Sends a claimed delivery; hands it back when `stopping` is aborted before an answer came. */
    async send(key: EndpointKey, claimed: Claimed, stopping: AbortSignal): Promise<void> {
      const { receiver, delivery } = claimed
      try {
        const secrets = await deps.secrets.of(key)
        if (!isFresh(claimed)) throw new Error('The claim is too old to begin with.')
        const signed = { id: delivery.id, body: delivery.body, url: receiver.url, secrets }
        const outcome = await deps.tracing.trace('webhook attempt', { kind: 'client' }, async (span) => {
          const result = await attempt(deps.attempts, signed, stopping)
          if (result.fault) span.fail(result.fault)
          return result
        })
        await settle(deps, key, claimed, outcome)
      } catch (error) {
        const isBrokenOff = error instanceof AttemptAborted
        const inSeconds = isBrokenOff ? 0 : retryAfterFaultSeconds
        await transmissionStore.release(deps.database, key.ownerId, delivery, inSeconds)
        if (!isBrokenOff) throw error
      }
    },
  }
}

export type Sender = ReturnType<typeof createSender>

async function settle(deps: SenderDeps, key: EndpointKey, claimed: Claimed, outcome: Outcome): Promise<void> {
  const { receiver, delivery } = claimed
  const settlement = await deps.transact(async (tx) => {
    const locked = await transmissionStore.lock(tx, key)
    if (!locked) return undefined
    const decided = settlementOf(outcome, {
      ...{ failures: delivery.failures, isTest: delivery.seq === null },
      ...{ failingSince: locked.failing_since, now: deps.attempts.now() },
    })
    const attempted = { number: delivery.attempts, url: receiver.url, error: outcome.fault, ...outcome }
    if (!(await transmissionStore.settle(tx, key.ownerId, delivery, decided.delivery, attempted))) return undefined
    await settleEndpoint(deps, tx, key, { locked, delivery, decided })
    return decided
  })
  if (settlement) note(deps, key, claimed, { outcome, settlement })
}

async function settleEndpoint(
  { events }: SenderDeps,
  tx: Tx,
  key: EndpointKey,
  { locked, delivery, decided }: { locked: Receiver; delivery: ClaimedDelivery; decided: Settlement },
): Promise<void> {
  await transmissionStore.noteHealth(tx, key, decided)
  // What its owner stopped meanwhile stays stopped for their reason.
  const stop = locked.state === 'active' ? decided.stop : undefined
  if (stop) await endpointStore.stop(tx, key, stop)
  if (stop || locked.state !== 'active') await deliveryOrderStore.park(tx, key)
  else await deliveryOrderStore.putInOrder(tx, key, [delivery.order_key])
  if (decided.delivery.state === 'pending') {
    await enqueueDelivery(tx, key, { id: delivery.id, inSeconds: decided.delivery.retryInSeconds })
  }
  if (stop) await events.append(tx, key.ownerId, [noticeOf(locked, key, stop)])
}

/** Told to its owner, who would hear nothing otherwise. */
const noticeOf = ({ module, url }: Receiver, { id }: EndpointKey, { state, reason }: Stop): NewEvent => ({
  type: `${module}.webhook_${state}`,
  data: { webhook_id: id, url, reason },
})

function note(
  { metrics, log }: SenderDeps,
  { id }: EndpointKey,
  { delivery }: Claimed,
  { outcome, settlement }: { outcome: Outcome; settlement: Settlement },
): void {
  const { state } = settlement.delivery
  metrics.deliveries.inc({ outcome: state === 'pending' ? 'failed' : state })
  metrics.duration.observe(outcome.durationMs / 1000)
  const { status, fault, durationMs: ms } = outcome
  log.info({ webhook_id: id, delivery_id: delivery.id, state, status, fault, ms }, 'webhook attempt ended')
}
