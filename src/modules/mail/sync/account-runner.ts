import { setTimeout as delay } from 'node:timers/promises'
import type { ImapFlow } from 'imapflow'
import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import { throttleReasonOf } from '#integrations/imap/imap-throttle.ts'
import type { MailServer } from '#integrations/mail-server/mail-server.ts'
import { AppError } from '#platform/errors.ts'
import type { Connections } from '../accounts/connections.ts'
import type { DraftSync } from '../drafts/draft-sync.ts'
import type { MailMetrics } from '../metrics.ts'
import type { Wake } from '../wake.ts'
import { type AccountContext, announce } from './account-context.ts'
import { type AccountFailure, failureOf, recordFailure } from './account-failure.ts'
import { runSession } from './account-session.ts'
import { accountStore } from './account-store.ts'
import type { Gate } from './gate.ts'
import type { IdleSeats } from './idle-seats.ts'
import { settleInterrupted } from './interrupted.ts'
import { LeaseLost } from './leases.ts'
import { createListing, type Listing } from './listing.ts'
import { createOriginals } from './originals.ts'
import type { Parsers } from './parsers.ts'
import type { WakeBox, WakeCause } from './wake-box.ts'

export type RunnerDeps = {
  imapConnect: ImapConnect
  connections: Connections
  metrics: Pick<MailMetrics, 'syncErrors'>
  drafts: DraftSync
  /** Handshakes with one host at a time. */
  handshakeGate: <T>(host: string, work: () => Promise<T>) => Promise<T>
  passGate: Gate
  bytesInFlight: Gate
  wake: Wake
  parsers: Parsers
  /** Accounts that may stay connected; one without a seat comes back at every poll. */
  idleSeats: IdleSeats
}

const anyCause: readonly WakeCause[] = ['inbox', 'changes', 'created', 'sent', 'sync']

/**
 * Syncs one account, connection after connection, until `signal` aborts or the lease or the account is gone. Waits
 * longer after each failure; only a pass that ended well makes the wait short again. Never rejects.
 */
export async function runAccount(
  account: AccountContext,
  deps: RunnerDeps,
  { wakes, signal }: { wakes: WakeBox; signal: AbortSignal },
): Promise<void> {
  let listing: Listing | undefined
  const { key, log, timings } = account
  let failures = 0
  let server: MailServer | undefined
  let isConnected = false

  async function connectAndSync(): Promise<void> {
    isConnected = false
    const target = await deps.connections.imapOf(key.ownerId, key.mailAccountId)
    server = target
    account.traffic.toHost(target.host)
    const connect = (isForDownloads: boolean) =>
      deps.handshakeGate(target.host, () => deps.imapConnect(target, { signal, isForDownloads }))
    const leaveSeat = deps.idleSeats.take(target.host)
    try {
      await runConnection(connect, leaveSeat !== undefined)
    } finally {
      leaveSeat?.()
    }
  }

  async function runConnection(connect: (isForDownloads: boolean) => Promise<ImapFlow>, isWatching: boolean) {
    const client = await connect(false)
    isConnected = true
    listing ??= createListing(account, deps.parsers, await settleInterrupted(account))
    try {
      await announceSyncing(account, { isLabelled: client.capabilities.has('X-GM-EXT-1') })
      await runSession(account, {
        ...{ client, listing, wakes, signal, isWatching },
        ...{ drafts: deps.drafts, passGate: deps.passGate },
        bytesInFlight: deps.bytesInFlight,
        originals: createOriginals({ ...deps, database: account.database, gate: deps.bytesInFlight }),
        parsers: deps.parsers,
        connectForBodies: () => connect(true),
        onSynced: () => {
          failures = 0
        },
      })
    } catch (error) {
      throw throttleReasonOf(client) ?? error
    } finally {
      client.close()
    }
  }

  async function settle(error: unknown): Promise<void> {
    failures++
    const failure = failureOf(error, server)
    deps.metrics.syncErrors.inc({ kind: failure.fault.code })
    log.warn({ ...key, failures, code: failure.fault.code, err: error }, 'mail sync failed')
    const pauseMs = pauseAfter(failure)
    // That an account which was in step lost its connection once is no news.
    if (failures > 1 || !isConnected || failure.retryAfterSeconds !== undefined) {
      await recordFailure(account, failure, pauseMs)
    }
    if (failure.needsOwner) return
    await wakes.wait(pauseMs, signal, ['created', 'sync'])
    for (const cause of ['created', 'sync'] as const) wakes.take(cause)
  }

  function pauseAfter({ fault, retryAfterSeconds = 0 }: AccountFailure): number {
    const { minBackoffMs, maxBackoffMs } = timings
    const grown = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(failures - 1, 20))
    const chosen = fault.code === 'mail.authentication_failed' ? maxBackoffMs : grown
    return Math.max(chosen * (0.75 + Math.random() / 2), retryAfterSeconds * 1000)
  }

  while (!signal.aborted) {
    try {
      const throttledFor = await accountStore.throttledFor(account.database, key.ownerId, key.mailAccountId)
      if (throttledFor === undefined) return
      if (throttledFor > 0) await delay(throttledFor * 1000, undefined, { signal })
      wakes.take('created')
      await connectAndSync()
      await wakes.wait(timings.pollMs, signal, anyCause)
    } catch (error) {
      if (signal.aborted || isOver(error)) return
      // A failure to record the failure (the lease, the database) ends the wait, not the process.
      await settle(error).catch(() => delay(timings.minBackoffMs, undefined, { signal }).catch(() => undefined))
    }
  }
}

/** Another node has the account, or nobody: it was deleted, or waits for its owner to sign in. */
const isOver = (error: unknown) =>
  error instanceof LeaseLost ||
  (error instanceof AppError && (error.kind === 'not_found' || error.code === 'mail.needs_reauthentication'))

async function announceSyncing(account: AccountContext, server: { isLabelled: boolean }): Promise<void> {
  const { ownerId, mailAccountId } = account.key
  await account.commit(async (tx) => {
    await accountStore.setLabelled(tx, ownerId, mailAccountId, server.isLabelled)
    if (!(await accountStore.setSyncing(tx, ownerId, mailAccountId))) return
    const data = { mail_account_id: mailAccountId, state: 'syncing', error_code: null }
    await announce(account, tx, [{ type: 'mail.account_updated', data }])
  })
}
