import type { Outcome } from './attempt.ts'
import type { Stop } from './endpoint-store.ts'
import { failingDays, retryDelay } from './retry-schedule.ts'
import type { NewState } from './transmission-store.ts'

/** What becomes of a delivery and its endpoint after an attempt. */
export type Settlement = {
  delivery: NewState
  isFailing: boolean
  /** Seconds for which the receiver wants to hear nothing at all. */
  holdSeconds: number
  stop?: Stop
}

type Situation = {
  failures: number
  /** A test is tried once, and says nothing about the endpoint. */
  isTest: boolean
  failingSince: Date | null
  now: number
  random?: () => number
}

const failingMs = failingDays * 86_400_000

/** Pure: decides from an outcome alone. */
export function settlementOf(outcome: Outcome, situation: Situation): Settlement {
  const { status, fault, retryAfterSeconds } = outcome
  const { failures, isTest, failingSince, now } = situation
  if (isTest) {
    const state = fault === null ? 'delivered' : 'dead'
    return { delivery: { state }, isFailing: failingSince !== null, holdSeconds: 0 }
  }
  if (fault === null) return { delivery: { state: 'delivered' }, isFailing: false, holdSeconds: 0 }
  const failed = { isFailing: true, holdSeconds: 0 }
  // RFC 9110 §15.5.11: gone, and likely for good.
  if (status === 410) return { ...failed, delivery: { state: 'dead' }, stop: { state: 'disabled', reason: 'gone' } }
  const retryInSeconds = retryDelay(failures + 1, { retryAfter: retryAfterSeconds, ...optional(situation) })
  const delivery: NewState = retryInSeconds === undefined ? { state: 'dead' } : { state: 'pending', retryInSeconds }
  const isOver = failingSince !== null && now - failingSince.getTime() >= failingMs
  return {
    ...failed,
    delivery,
    // RFC 6585 §4, RFC 9110 §15.6.4: about the receiver, not about this one request.
    holdSeconds: status === 429 || status === 503 ? retryAfterSeconds : 0,
    ...(isOver && { stop: { state: 'paused', reason: 'failing' } as const }),
  }
}

const optional = ({ random }: Situation) => (random ? { random } : {})
