import type { ImapFlow } from 'imapflow'
import { selectMailbox } from '#integrations/imap/imap-mailbox.ts'
import { throttleReasonOf } from '#integrations/imap/imap-throttle.ts'
import { AppError } from '#platform/errors.ts'
import type { DraftSync } from '../drafts/draft-sync.ts'
import type { AccountContext } from './account-context.ts'
import { createAccountPass } from './account-pass.ts'
import { type Bodies, createBodies } from './bodies.ts'
import type { Folder } from './folder-store.ts'
import type { Gate } from './gate.ts'
import type { Listing } from './listing.ts'
import type { Originals } from './originals.ts'
import type { Parsers } from './parsers.ts'
import { fetchRecentDetails } from './recent-details.ts'
import { untilRetry } from './retry-store.ts'
import type { WakeBox } from './wake-box.ts'

export type SessionDeps = {
  client: ImapFlow
  listing: Listing
  wakes: WakeBox
  drafts: DraftSync
  signal: AbortSignal
  /** A second connection for the bodies of many messages; closed by who asked for it. */
  connectForBodies: () => Promise<ImapFlow>
  /** Passes over all folders that run at once in this process. */
  passGate: Gate
  bytesInFlight: Gate
  /** Messages of the owner's other accounts, to be taken to this one. */
  originals: Originals
  parsers: Parsers
  /** Whether the connection is kept to watch INBOX; otherwise the session ends with its first pass. */
  isWatching: boolean
  /** A pass ended well. */
  onSynced: () => void
}

/** Bodies that are fetched over the connection that watches INBOX, because another one would take longer. */
const fewBodies = 20
const firstBodies = 50
/** Syncs of INBOX in a row that bring nothing before IDLE, should a server say at every look that there is something. */
const maxLooks = 3

/**
 * Keeps one account in step over one connection until it breaks or `signal` aborts: a pass over all folders, then
 * IDLE on INBOX with a pass every minute. What IDLE tells and what the owner changes is done at once. Returns only when
 * it may not watch.
 */
export async function runSession(context: AccountContext, deps: SessionDeps): Promise<void> {
  const { client, wakes, signal, passGate, isWatching } = deps
  const account = { ...context, isLabelled: client.capabilities.has('X-GM-EXT-1') }
  const pass = createAccountPass(account, deps)
  const bodies = createBodies(account, deps)
  const { ended, end, release } = endOf(client, signal)
  const background = createBodyTask(account, bodies, { connect: deps.connectForBodies, onThrottled: end })
  /** INBOX as it was selected when it was last found in step: each SELECT makes another object. */
  let watched: ImapFlow['mailbox'] = false
  const stopListening = listenToInbox(client, wakes, () => pass.withRole('inbox')?.path)
  try {
    for (;;) {
      ended.throwIfAborted()
      await passGate(() => pass.run(() => bodies.fetchWords(client, { limit: firstBodies })))
      deps.onSynced()
      if (!isWatching) return await leave()
      await fetchBodies()
      await watch()
    }
  } catch (error) {
    throw ended.reason instanceof AppError ? ended.reason : error
  } finally {
    stopListening()
    release()
    client.close()
    await background.end()
  }

  /** The pass has looked everywhere; another connection for bodies would be one more than the host is to have. */
  async function leave(): Promise<void> {
    for (const cause of ['inbox', 'sent'] as const) wakes.take(cause)
    await bodies.fetch(client)
  }

  async function fetchBodies(): Promise<void> {
    if ((await bodies.waiting(fewBodies + 1)) <= fewBodies) await bodies.fetch(client)
    else background.start()
    await fetchRecentDetails(account, client, pass.withRole('inbox'))
  }

  /** Returns when it is time for the next pass. */
  async function watch(): Promise<void> {
    const { pollMs, pollWithoutIdleMs } = account.timings
    const until = Date.now() + (client.capabilities.has('IDLE') ? pollMs : pollWithoutIdleMs)
    for (let looks = 0; Date.now() < until; ) {
      if (wakes.has('sync')) return
      if (wakes.has('changes')) await pass.write()
      await lookIntoSent()
      const inbox = pass.withRole('inbox')
      if (!inbox) return
      if ((await isBehind(inbox)) && looks++ < maxLooks) {
        const hasVanished = await pass.syncFolder(inbox)
        if (pass.withRole('inbox')?.uidnext !== inbox.uidnext) looks = 0
        await fetchBodies()
        // What left INBOX is somewhere else now: found there before the next minute, it is one move to its owner.
        if (hasVanished) return
      } else {
        const retryAt = await nextRetry()
        client.idle().catch(() => undefined)
        await wakes.wait(Math.min(until, retryAt) - Date.now(), ended, ['inbox', 'changes', 'sent', 'sync'])
        if (wakes.has('inbox')) looks = 0
        if (Date.now() >= retryAt) wakes.put('changes')
      }
    }
  }

  /** What the server put off is tried again when that is due, and no more often: one write may wait for another. */
  async function nextRetry(): Promise<number> {
    const milliseconds = await untilRetry(account.database, account.key)
    if (milliseconds === undefined) return Number.POSITIVE_INFINITY
    return Date.now() + Math.max(milliseconds, account.timings.minBackoffMs)
  }

  /** Somebody waits for the copy of what they sent, and no IDLE watches that folder. */
  async function lookIntoSent(): Promise<void> {
    const sent = wakes.take('sent') ? pass.withRole('sent') : undefined
    if (!sent) return
    await pass.syncFolder(sent)
    await fetchBodies()
  }

  /**
   * Selects INBOX for IDLE, unless nothing was selected since it was found in step: what happened there since it was
   * synced shows in the answer, and what happens from now on the server tells.
   */
  async function isBehind(inbox: Folder): Promise<boolean> {
    const isTold = wakes.take('inbox')
    if (!isTold && watched && client.mailbox === watched) return false
    const snapshot = await selectMailbox(client, inbox.path)
    const isInStep =
      !isTold &&
      snapshot.uidNext === inbox.uidnext &&
      snapshot.uidValidity === inbox.uidvalidity &&
      snapshot.highestModseq === inbox.highestmodseq
    watched = isInStep && client.mailbox
    return !isInStep
  }
}

/** The server's unasked answers about INBOX. Those that our own commands cause cost one look too many. */
function listenToInbox(client: ImapFlow, wakes: WakeBox, inboxPath: () => string | undefined): () => void {
  const listen = ({ path }: { path: string }) => {
    if (path === inboxPath()) wakes.put('inbox')
  }
  for (const event of ['exists', 'expunge', 'flags'] as const) client.on(event, listen)
  return () => {
    for (const event of ['exists', 'expunge', 'flags'] as const) client.off(event, listen)
  }
}

/** Aborts when the connection ends or its owner has enough, and then ends the connection. */
function endOf(client: ImapFlow, signal: AbortSignal) {
  const closed = new AbortController()
  const close = () => client.close()
  client.once('close', () => closed.abort(new Error('The connection to the mail server was lost.')))
  signal.addEventListener('abort', close)
  if (signal.aborted) close()
  return {
    ended: AbortSignal.any([signal, closed.signal]),
    end(reason: AppError): void {
      closed.abort(reason)
      close()
    },
    release: () => signal.removeEventListener('abort', close),
  }
}

/**
 * Fetches all pending bodies beside the main connection; one task at a time, its failure is the next pass's work. Only
 * throttling concerns the main connection too.
 */
function createBodyTask(
  account: AccountContext,
  bodies: Bodies,
  deps: { connect: SessionDeps['connectForBodies']; onThrottled: (reason: AppError) => void },
) {
  let running: Promise<void> | undefined
  let client: ImapFlow | undefined
  let isEnding = false
  async function run(): Promise<void> {
    client = await deps.connect()
    try {
      if (!isEnding) await bodies.fetch(client, { shouldPause: () => isEnding })
    } finally {
      client.close()
    }
  }
  return {
    start(): void {
      running ??= run()
        .catch((error) => {
          const reason = (client && throttleReasonOf(client)) ?? error
          if (reason instanceof AppError && reason.retryAfterSeconds !== undefined) deps.onThrottled(reason)
          if (!isEnding) account.log.warn({ ...account.key, err: error }, 'bodies could not be fetched')
        })
        .finally(() => {
          running = undefined
        })
    },
    async end(): Promise<void> {
      isEnding = true
      client?.close()
      await running
    },
  }
}
