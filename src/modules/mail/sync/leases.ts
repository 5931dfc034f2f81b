import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { inBatches } from '#platform/in-batches.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Gate } from './gate.ts'
import { type Lease, leaseStore } from './lease-store.ts'

/** Another node syncs this account now, or nobody may: whoever gets this stops without a trace. */
export class LeaseLost extends Error {
  constructor() {
    super('The lease of this mail account is lost.')
    this.name = 'LeaseLost'
  }
}

/** Runs one transaction of a sync: it commits only while the lease is held. */
export type Commit = <T>(work: (tx: Tx) => Promise<T>, options?: CommitOptions) => Promise<T>

export type CommitOptions = {
  /**
   * Not waited for until it is on disk: what a crash of the database loses of it, the sync does again, because its cursor
   * is lost with it. Whatever commits later is written after it, and is kept only with it. It is the bulk of a first sync,
   * and waits its turn: requests and live mail must find the database free.
   */
  isRepeatable?: boolean
}

export type HeldLease = {
  lease: Lease
  /** Aborted with LeaseLost as soon as the lease is lost or could not be renewed for two thirds of its time. */
  signal: AbortSignal
  /** @throws LeaseLost and commits nothing when the lease is not held any more. */
  commit: Commit
  /** Stops renewing; handed back when it is still ours, so that another node can go on at once. */
  release(options?: { forOthersSeconds?: number }): Promise<void>
}

type LeaseDeps = {
  database: Database
  transact: Transact
  log: Logger
  leaseSeconds: number
  /** What may be repeated passes here first. */
  bulkGate?: Gate
}

/** The leases that a node holds. */
export function createLeases(deps: LeaseDeps) {
  const { database, transact, leaseSeconds: seconds, bulkGate = atOnce } = deps
  const keepRenewed = createRenewal(deps)
  const release = inBatches((leases: Lease[]) => leaseStore.release(database, leases))
  return {
    /** Keeps a claimed lease alive until it is released or lost. */
    hold(lease: Lease): HeldLease {
      const { lost, leave } = keepRenewed(lease)
      return {
        lease,
        signal: lost.signal,
        commit(work, { isRepeatable = false } = {}) {
          const run = () =>
            transact(async (tx) => {
              if (!(await leaseStore.hold(tx, lease, { seconds, isRepeatable }))) {
                lost.abort(new LeaseLost())
                throw new LeaseLost()
              }
              return work(tx)
            })
          return isRepeatable ? bulkGate(run) : run()
        },
        async release({ forOthersSeconds = 0 } = {}) {
          await leave()
          if (forOthersSeconds > 0) await leaseStore.release(database, [lease], { forOthersSeconds })
          else await release(lease)
        },
      }
    },
  }
}

const atOnce: Gate = (work) => work()

/** Renews every third of their time all leases that are kept, with one statement however many they are. */
function createRenewal({ database, log, leaseSeconds }: Omit<LeaseDeps, 'transact'>) {
  const kept = new Map<Lease, { lost: AbortController; renewedAt: number }>()
  let timers: NodeJS.Timeout[] = []
  let renewing: Promise<void> | undefined

  async function renew(): Promise<void> {
    const startedAt = performance.now()
    const leases = [...kept.keys()]
    const { renewed, lost } = await leaseStore.renew(database, leases, leaseSeconds)
    for (const lease of leases) {
      const keeping = kept.get(lease)
      if (keeping && renewed.has(lease.mailAccountId)) keeping.renewedAt = startedAt
      if (keeping && lost.has(lease.mailAccountId)) keeping.lost.abort(new LeaseLost())
    }
  }
  const renewSoon = () => {
    renewing ??= renew()
      .catch((error) => log.warn({ count: kept.size, err: error }, 'leases could not be renewed'))
      .finally(() => {
        renewing = undefined
      })
  }
  const loseLapsed = () => {
    const since = performance.now() - (leaseSeconds * 1000 * 2) / 3
    for (const { lost, renewedAt } of kept.values()) if (renewedAt < since) lost.abort(new LeaseLost())
  }

  return (lease: Lease) => {
    const lost = new AbortController()
    if (kept.size === 0) {
      timers = [setInterval(renewSoon, (leaseSeconds * 1000) / 3), setInterval(loseLapsed, (leaseSeconds * 1000) / 12)]
    }
    kept.set(lease, { lost, renewedAt: performance.now() })
    return {
      lost,
      /** From then on nothing renews it any more. */
      async leave() {
        if (kept.delete(lease) && kept.size === 0) for (const timer of timers) clearInterval(timer)
        await renewing
      },
    }
  }
}
