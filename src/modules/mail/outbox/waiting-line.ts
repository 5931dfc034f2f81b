import { type SendLimits, sendLimitsOf } from '#integrations/smtp/send-limits.ts'
import { claimWithinLimits } from './allowance.ts'
import { allowanceStore } from './allowance-store.ts'
import type { TransmissionRun } from './transmission-run.ts'
import { type Claim, claimOf, type OutgoingRow, transmissionStore } from './transmission-store.ts'

/** Claimed at a time: enough to keep the connections busy while the next are claimed. */
const batchSize = 48

export type WaitingLine = ReturnType<typeof createWaitingLine>

/** Why an account's other messages need not be tried now either, and for how long. */
export type Pause = { seconds: number; reason: string }

/**
 * The messages of an account that are due, claimed a batch ahead. Whoever takes one from the line has its claim; those
 * that nobody took are given back when it is closed.
 */
export function createWaitingLine({ deps, account, claims }: TransmissionRun, signal: AbortSignal) {
  const { database, transact, claimSeconds } = deps
  const waiting: OutgoingRow[] = []
  let isEnded = false
  let pause: Pause | undefined
  let claiming: Promise<void> | undefined
  let limits: Promise<SendLimits | undefined> | undefined

  async function claimMore(): Promise<void> {
    limits ??= findLimits()
    const known = await limits
    const claim = { claimId: claims.newClaimId(), limit: batchSize, seconds: claimSeconds }
    const rows = known
      ? await claimWithinLimits(transact, account, { ...claim, limits: known })
      : await transmissionStore.claimDue(database, account, claim)
    isEnded ||= rows.length < batchSize
    for (const row of rows) claims.hold({ id: row.id, claimId: claim.claimId })
    waiting.push(...rows)
  }

  async function findLimits(): Promise<SendLimits | undefined> {
    const server = await allowanceStore.findServer(database, account)
    return server && sendLimitsOf(server)
  }

  function refill(): Promise<void> {
    claiming ??= claimMore().finally(() => {
      claiming = undefined
    })
    return claiming
  }

  const isOpen = (): boolean => !signal.aborted && !pause

  return {
    length: () => waiting.length,

    /** The next messages, at most so many; none at the end of the line. */
    async next(most: number): Promise<OutgoingRow[]> {
      if (!isOpen()) return []
      while (waiting.length === 0 && !isEnded) await refill()
      const rows = waiting.splice(0, most)
      // Claimed while these are sent; should that fail, whoever needs the next ones hears of it.
      if (waiting.length < batchSize / 2 && !isEnded) refill().catch(() => undefined)
      return rows
    },

    /** Whether messages may still be sent. */
    isOpen,

    /** For one that could not be tried. */
    putBack: (row: OutgoingRow): void => void waiting.unshift(row),

    /** No more are to be sent: the server cannot be had, or has had enough. */
    end(reason: Pause): void {
      isEnded = true
      pause = reason
    },

    /** Gives back what nobody took. */
    async close(): Promise<void> {
      isEnded = true
      await claiming?.catch(() => undefined)
      const left: Claim[] = waiting.splice(0).map(claimOf)
      if (left.length > 0) await transmissionStore.release(database, account.ownerId, left)
      if (pause) await transmissionStore.postpone(database, account, { ...pause, isTrying: true })
    },
  }
}
