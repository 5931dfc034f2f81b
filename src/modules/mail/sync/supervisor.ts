import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Connections } from '../accounts/connections.ts'
import type { MailMetrics } from '../metrics.ts'
import type { Wake } from '../wake.ts'
import { runAccount } from './account-runner.ts'
import { createGate, createKeyedGate } from './gate.ts'
import { createIdleSeats } from './idle-seats.ts'
import { type Lease, leaseStore } from './lease-store.ts'
import { holdLease } from './leases.ts'
import { defaultTimings, type SyncTimings } from './timings.ts'
import { createTraffic, type DailyBytes, dailyBytesOf } from './traffic.ts'
import { createWakeBox, type WakeBox } from './wake-box.ts'

export type SupervisorDeps = {
  database: Database
  transact: Transact
  events: Events
  wake: Wake
  imapConnect: ImapConnect
  connections: Connections
  log: Logger
  metrics: Pick<MailMetrics, 'messagesSynced' | 'syncErrors'>
  nodeId: string
  leaseSeconds: number
  /** Accounts that this node syncs at most. */
  maxAccounts?: number
  timings?: Partial<SyncTimings>
  /** No limit but those of providers by default. */
  dailyBytes?: DailyBytes
}

const handshakesPerHost = 3
/** Half a pool of the usual size: requests and jobs need connections too. */
const commitsAtOnce = 6
const passesAtOnce = 16
const maxBytesInFlight = 32 * 1024 * 1024
const claimsAtOnce = 50

/**
 * Syncs every account whose lease this node gets: free leases are claimed within seconds, those of a dead node once
 * they run out. `stop` ends running transactions well and hands the leases back; `check` throws when none could be
 * looked for lately.
 */
export function startSyncSupervisor(deps: SupervisorDeps) {
  const { database, log, nodeId, leaseSeconds, maxAccounts = 5_000, dailyBytes = dailyBytesOf(0) } = deps
  const timings = { ...defaultTimings, ...deps.timings }
  const commitGate = createGate(commitsAtOnce)
  const transact: Transact = (work) => commitGate(() => deps.transact(work))
  const shared = {
    ...deps,
    handshakeGate: createKeyedGate(handshakesPerHost),
    passGate: createGate(passesAtOnce),
    bytesInFlight: createGate(maxBytesInFlight),
    idleSeats: createIdleSeats(timings.idlePerHost),
  }
  const running = new Map<string, { stop: () => void; wakes: WakeBox; ended: Promise<void> }>()
  const claimEveryMs = Math.min(leaseSeconds * 1000, 9_000) / 3
  let claimedAt = performance.now()
  let isStopping = false

  async function claim(): Promise<void> {
    await leaseStore.ensure(database)
    const limit = Math.min(claimsAtOnce, maxAccounts - running.size)
    const leases = limit > 0 ? await leaseStore.claim(database, nodeId, { seconds: leaseSeconds, limit }) : []
    claimedAt = performance.now()
    for (const lease of leases) start(lease)
  }

  function start(lease: Lease): void {
    const { ownerId, mailAccountId } = lease
    const held = holdLease({ database, transact, log, leaseSeconds }, lease)
    const stopping = new AbortController()
    const wakes = createWakeBox()
    const key = { ownerId, mailAccountId }
    const account = {
      ...{ key, database, commit: held.commit, events: deps.events, log, timings, metrics: deps.metrics },
      traffic: createTraffic({ database, key }, dailyBytes),
    }
    // What ran under an earlier epoch of this account has lost its lease and ends by itself.
    const former = running.get(mailAccountId)?.ended
    const ended = (async () => {
      await former
      await runAccount(account, shared, { wakes, signal: AbortSignal.any([stopping.signal, held.signal]) })
      await held.release().catch((error) => log.warn({ mailAccountId, err: error }, 'lease could not be handed back'))
      if (running.get(mailAccountId)?.wakes === wakes) running.delete(mailAccountId)
    })()
    running.set(mailAccountId, { stop: () => stopping.abort(new Error('Mail sync is stopping.')), wakes, ended })
  }

  let claiming: Promise<void> | undefined
  const claimSoon = () => {
    if (isStopping) return
    claiming ??= claim()
      .catch((error) => log.warn({ err: error }, 'leases could not be claimed'))
      .finally(() => {
        claiming = undefined
      })
  }
  const timer = setInterval(claimSoon, claimEveryMs)
  const stopListening = deps.wake.listen((mailAccountId, reason) => {
    if (reason === 'released') return claimSoon()
    const account = running.get(mailAccountId)
    if (reason === 'deleted' || reason === 'paused' || reason === 'credentials') account?.stop()
    else account?.wakes.put(reason)
    // Claimed again under new credentials, it begins when the former sync has ended.
    if (reason === 'credentials' || (!account && (reason === 'created' || reason === 'sync'))) claimSoon()
  })
  claimSoon()

  return {
    async check(): Promise<void> {
      if (performance.now() - claimedAt > claimEveryMs + 10_000) throw new Error('no leases could be claimed lately')
    },
    async stop(): Promise<void> {
      isStopping = true
      clearInterval(timer)
      stopListening()
      await claiming
      for (const account of running.values()) account.stop()
      const accounts = [...running]
      await Promise.all(accounts.map(([, account]) => account.ended))
      // Whoever stays need not wait for its next look at the leases.
      for (const [mailAccountId] of accounts) deps.wake.account(mailAccountId, 'released')
    },
  }
}
