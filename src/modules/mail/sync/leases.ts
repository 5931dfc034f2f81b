import type { Database, Transact, Tx } from '#platform/database/database.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Lease, leaseStore } from './lease-store.ts'

/** Another node syncs this account now, or nobody may: whoever gets this stops without a trace. */
export class LeaseLost extends Error {
  constructor() {
    super('The lease of this mail account is lost.')
    this.name = 'LeaseLost'
  }
}

/** Runs one transaction of a sync: it commits only while the lease is held. */
export type Commit = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

export type HeldLease = {
  lease: Lease
  /** Aborted with LeaseLost as soon as the lease is lost or could not be renewed for two thirds of its time. */
  signal: AbortSignal
  /** @throws LeaseLost and commits nothing when the lease is not held any more. */
  commit: Commit
  /** Stops renewing; handed back when it is still ours, so that another node can go on at once. */
  release(): Promise<void>
}

/** Keeps a claimed lease alive: renewed every third of its time. */
export function holdLease(
  deps: { database: Database; transact: Transact; log: Logger; leaseSeconds: number },
  lease: Lease,
): HeldLease {
  const { database, transact, log, leaseSeconds } = deps
  const lost = new AbortController()
  let renewedAt = performance.now()
  const renew = async () => {
    const startedAt = performance.now()
    if (!(await leaseStore.renew(database, lease, leaseSeconds))) lost.abort(new LeaseLost())
    renewedAt = startedAt
  }
  let renewing: Promise<void> | undefined
  const renewal = setInterval(
    () => {
      renewing ??= renew()
        .catch((error) => log.warn({ mailAccountId: lease.mailAccountId, err: error }, 'lease could not be renewed'))
        .finally(() => {
          renewing = undefined
        })
    },
    (leaseSeconds * 1000) / 3,
  )
  const watch = setInterval(
    () => {
      if (performance.now() - renewedAt > (leaseSeconds * 1000 * 2) / 3) lost.abort(new LeaseLost())
    },
    (leaseSeconds * 1000) / 12,
  )
  return {
    lease,
    signal: lost.signal,
    commit: (work) =>
      transact(async (tx) => {
        if (!(await leaseStore.hold(tx, lease, leaseSeconds))) {
          lost.abort(new LeaseLost())
          throw new LeaseLost()
        }
        return work(tx)
      }),
    async release() {
      clearInterval(renewal)
      clearInterval(watch)
      await renewing
      await leaseStore.release(database, lease)
    },
  }
}
