import type { Database } from '#platform/database/database.ts'
import { leaseBalanceStore } from './lease-balance-store.ts'

/** What one look gives up at most, or a tenth of what is too much: each is connected anew elsewhere. */
const movedAtOnce = 25
/** Beyond its share, which a node keeps: moving costs more than evenness is worth. */
const slack = 0.1

/**
 * Evens out how many accounts each node syncs, so that one that was added later gets its share: little by little, and
 * only what is in step. Nobody coordinates it: each node compares what it holds with the mean.
 */
export function createLeaseBalance({ database, nodeId }: { database: Database; nodeId: string }) {
  let hasRoom = false
  return {
    /** Whether this node had less than its share when it last looked. */
    hasRoom: () => hasRoom,

    /** Which accounts a node that syncs `count` should leave to others now; none while it has hardly more than they. */
    async surplus(count: number): Promise<string[]> {
      const { held, nodes } = await leaseBalanceStore.look(database)
      const share = Math.ceil(held / Math.max(1, nodes))
      hasRoom = count < share
      const surplus = count - share
      if (nodes < 2 || surplus <= Math.max(1, slack * share)) return []
      return leaseBalanceStore.settled(
        database,
        nodeId,
        Math.min(surplus, Math.max(movedAtOnce, Math.ceil(surplus / 10))),
      )
    },
  }
}
