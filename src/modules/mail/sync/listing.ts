import type { ImapFlow } from 'imapflow'
import type { Tx } from '#platform/database/database.ts'
import type { AccountContext } from './account-context.ts'
import { attemptStore, type Interrupted } from './attempt-store.ts'
import { fetchRows } from './listing-fetch.ts'
import type { MessageRow } from './message-row.ts'
import type { Parsers } from './parsers.ts'

/** What was listed, and `settle`: part of the transaction that stores it. */
export type Listed = { rows: MessageRow[]; settle: (tx: Tx) => Promise<void> }

const maxBatch = 2000
/** By which a batch is divided that a process died over: from the largest to a single message in two deaths. */
const deathDivisor = 32
/** Processes or connections that ended over a message, at last alone, until it is asked for less: some end by chance. */
const maxAttempts = 3

/**
 * Fetches listings in batches whose size survives the connection and the process: a message that kills either (an
 * answer beyond the limits of a parser, or beyond memory) would otherwise do so for ever. The death of a connection
 * halves the batch; that of a process, remembered in the database, leaves a few. Alone and for the third time, such a
 * message is asked for nothing but its flags and dates.
 */
export function createListing(account: AccountContext, parsers: Parsers, interrupted: Interrupted['listings'] = []) {
  const { key, commit } = account
  const deadliest = Math.min(...interrupted.map(({ batchSize }) => batchSize))
  let batchSize = Math.max(1, Math.min(maxBatch, Math.floor(deadliest / deathDivisor)))
  let failuresAlone = deadliest === 1 ? interrupted.length : 0
  /** Messages until the one is past over which a process died. */
  let suspects = interrupted.length > 0 ? deadliest : 0
  let marks = interrupted.map(({ id }) => id)

  function succeed(count: number): void {
    failuresAlone = 0
    suspects = Math.max(0, suspects - count)
    if (suspects === 0) batchSize = Math.min(maxBatch, batchSize * 2)
  }

  function fail(): void {
    if (batchSize === 1) failuresAlone++
    batchSize = Math.max(1, Math.floor(batchSize / 2))
  }

  return {
    get batchSize() {
      return batchSize
    },
    /** Whether the next batch may be fetched while this one is stored: not when either may be deadly. */
    get isSafe() {
      return suspects === 0
    },
    /** At most `batchSize` UIDs, ascending, as are the rows. A message that is not among them is gone. */
    async fetch(client: ImapFlow, uids: readonly number[]): Promise<Listed> {
      if (uids.length === 0) return { rows: [], settle: async () => undefined }
      const mark = await commit((tx) => attemptStore.beginListing(tx, key, uids.length), { isRepeatable: true })
      try {
        const rows = await fetchRows(client, parsers, { uids, isStub: failuresAlone >= maxAttempts })
        succeed(uids.length)
        // Until all of them are past, what killed a process may be still to come: that is another death over it.
        const settled = suspects === 0 ? [mark, ...marks] : [mark]
        if (suspects === 0) marks = []
        return { rows, settle: (tx) => attemptStore.end(tx, key, settled) }
      } catch (error) {
        fail()
        await commit((tx) => attemptStore.end(tx, key, [mark])).catch(() => undefined)
        throw error
      }
    },
  }
}

export type Listing = ReturnType<typeof createListing>
