import { availableParallelism } from 'node:os'
import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Connections } from '../accounts/connections.ts'
import type { DraftSync } from '../drafts/draft-sync.ts'
import type { MailMetrics } from '../metrics.ts'
import type { Wake } from '../wake.ts'
import { runAccount } from './account-runner.ts'
import { createGate, createKeyedGate } from './gate.ts'
import { createIdleSeats } from './idle-seats.ts'
import { createLeaseBalance } from './lease-balance.ts'
import { type Lease, leaseStore } from './lease-store.ts'
import { createLeases } from './leases.ts'
import { createParsers } from './parsers.ts'
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
  drafts: DraftSync
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

type Running = {
  stop: () => void
  /** Stops, and lets only nodes with few accounts take this one for a while. */
  leaveToOthers: () => void
  wakes: WakeBox
  ended: Promise<void>
}

const handshakesPerHost = 3
/** Half a pool of the usual size: requests and jobs need connections too. */
const commitsAtOnce = 6
const passesAtOnce = 16
const maxBytesInFlight = 32 * 1024 * 1024
const claimsAtOnce = 50
/** Between two claims while there is more to be had: soon for those who wait, and the other nodes get their share. */
const nextClaimMs = 100
/** One core is left to the event loop, and to the requests of those who wait. */
const coresForBulk = Math.min(4, Math.max(1, availableParallelism() - 1))

/**
 * Syncs every account whose lease this node gets: free leases are claimed within seconds, those of a dead node once
 * they run out, and a node that joins gets its share. `stop` ends running transactions well and hands the leases back;
 * `check` throws when none could be looked for lately.
 */
export function startSyncSupervisor(deps: SupervisorDeps) {
  const { database, log, nodeId, leaseSeconds, maxAccounts = 5_000, dailyBytes = dailyBytesOf(0) } = deps
  const timings = { ...defaultTimings, ...deps.timings }
  const commitGate = createGate(commitsAtOnce)
  const transact: Transact = (work) => commitGate(() => deps.transact(work))
  const parsers = createParsers(coresForBulk)
  const shared = {
    ...deps,
    handshakeGate: createKeyedGate(handshakesPerHost),
    passGate: createGate(passesAtOnce),
    bytesInFlight: createGate(maxBytesInFlight),
    idleSeats: createIdleSeats(timings.idlePerHost),
    parsers,
  }
  const leases = createLeases({ database, transact, log, leaseSeconds, bulkGate: createGate(coresForBulk) })
  const balance = createLeaseBalance(deps)
  const running = new Map<string, Running>()
  const claimEveryMs = Math.min(leaseSeconds * 1000, 9_000) / 3
  let claimedAt = performance.now()
  let hasEnsured = false
  let isStopping = false
  let nextClaim: NodeJS.Timeout | undefined

  async function claim(): Promise<void> {
    // It reads all accounts, so it is done once.
    if (!hasEnsured) await leaseStore.ensure(database)
    hasEnsured = true
    const limit = Math.min(claimsAtOnce, maxAccounts - running.size)
    const options = { seconds: leaseSeconds, limit, hasRoom: balance.hasRoom() }
    const claimed = limit > 0 ? await leaseStore.claim(database, nodeId, options) : []
    claimedAt = performance.now()
    for (const lease of claimed) start(lease)
    if (claimed.length === claimsAtOnce) nextClaim = setTimeout(claimSoon, nextClaimMs)
    else await leaseStore.putOff(database)
  }

  function start(lease: Lease): void {
    const { ownerId, mailAccountId } = lease
    const held = leases.hold(lease)
    const stopping = new AbortController()
    let forOthersSeconds = 0
    const wakes = createWakeBox()
    const key = { ownerId, mailAccountId }
    const account = {
      ...{ key, database, commit: held.commit, events: deps.events, log, timings, metrics: deps.metrics },
      traffic: createTraffic({ database, key }, dailyBytes),
    }
    // What ran under an earlier epoch of this account has lost its lease, but may not hear of it before its next commit.
    const former = running.get(mailAccountId)
    former?.stop()
    const ended = (async () => {
      await former?.ended
      await runAccount(account, shared, { wakes, signal: AbortSignal.any([stopping.signal, held.signal]) })
      await held
        .release({ forOthersSeconds })
        .catch((error) => log.warn({ mailAccountId, err: error }, 'lease could not be handed back'))
      if (running.get(mailAccountId)?.wakes === wakes) running.delete(mailAccountId)
      if (forOthersSeconds > 0) deps.wake.account(mailAccountId, 'released')
    })()
    const stop = () => stopping.abort(new Error('Mail sync is stopping.'))
    running.set(mailAccountId, {
      ...{ stop, wakes, ended },
      leaveToOthers() {
        // Until each of them has looked once more.
        forOthersSeconds = (2 * claimEveryMs) / 1000
        stop()
      },
    })
  }

  async function evenOut(): Promise<void> {
    for (const mailAccountId of await balance.surplus(running.size)) running.get(mailAccountId)?.leaveToOthers()
  }
  const evenOutSoon = () =>
    evenOut().catch((error) => log.warn({ err: error }, 'accounts could not be shared with other nodes'))

  let claiming: Promise<void> | undefined
  const claimSoon = () => {
    if (isStopping) return
    claiming ??= claim()
      .catch((error) => log.warn({ err: error }, 'leases could not be claimed'))
      .finally(() => {
        claiming = undefined
      })
  }
  const timers = [setInterval(claimSoon, claimEveryMs), setInterval(evenOutSoon, (leaseSeconds * 1000) / 3)]
  const stopListening = deps.wake.listen((mailAccountId, reason) => {
    if (reason === 'released') return claimSoon()
    const account = running.get(mailAccountId)
    if (reason === 'deleted' || reason === 'paused' || reason === 'credentials') account?.stop()
    else account?.wakes.put(reason)
    // Claimed again under new credentials, it begins when the former sync has ended.
    if (reason === 'credentials' || (!account && (reason === 'created' || reason === 'sync'))) claimSoon()
  })
  claimSoon()
  void evenOutSoon()

  return {
    async check(): Promise<void> {
      if (performance.now() - claimedAt > claimEveryMs + 10_000) throw new Error('no leases could be claimed lately')
    },
    async stop(): Promise<void> {
      isStopping = true
      for (const timer of timers) clearInterval(timer)
      stopListening()
      await claiming
      clearTimeout(nextClaim)
      for (const account of running.values()) account.stop()
      const accounts = [...running]
      await Promise.all(accounts.map(([, account]) => account.ended))
      await parsers.close()
      // Whoever stays need not wait for its next look at the leases.
      for (const [mailAccountId] of accounts) deps.wake.account(mailAccountId, 'released')
    },
  }
}
