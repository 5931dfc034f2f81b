import type { ImapFlow } from 'imapflow'
import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import { AppError } from '#platform/errors.ts'
import type { Connections } from '../accounts/connections.ts'
import { type ConnectionPool, createConnectionPool, type Lease } from './connection-pool.ts'
import { toUpstreamError, upstreamTimeout } from './upstream-error.ts'

const connectionsPerAccount = 2
/** A connection is kept this long for the next download. */
const idleMs = 30_000
/** How long a download waits for its turn and its connection. */
const patienceMs = 30_000

export type Downloads = ReturnType<typeof createDownloads>

/** Short-lived IMAP connections, two an account, so that a big attachment never keeps sync from its work. */
export function createDownloads(deps: { connections: Connections; connect: ImapConnect }) {
  const pools = new Map<string, ConnectionPool>()
  let isStopped = false

  function poolOf(ownerId: string, mailAccountId: string): ConnectionPool {
    const key = `${ownerId} ${mailAccountId}`
    const known = pools.get(key)
    if (known) return known
    const pool = createConnectionPool({
      connect: async (signal) =>
        deps.connect(await deps.connections.imapOf(ownerId, mailAccountId), { signal, isForDownloads: true }),
      size: connectionsPerAccount,
      idleMs,
      onUnused: () => pools.delete(key),
    })
    pools.set(key, pool)
    return pool
  }

  /**
   * A connection to be given back by the caller, for downloads that outlive a function.
   * @throws AppError `upstream_unavailable`, `upstream_timeout`; `not_found` for an account of somebody else; the
   *   signal's reason.
   */
  async function lease(ownerId: string, mailAccountId: string, signal?: AbortSignal): Promise<Lease> {
    if (isStopped) throw new AppError('unavailable', 'unavailable', 'The server is stopping; try again in a moment.')
    const patience = AbortSignal.timeout(patienceMs)
    try {
      return await poolOf(ownerId, mailAccountId).lease(signal ? AbortSignal.any([signal, patience]) : patience)
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      throw patience.aborted ? upstreamTimeout(error) : toUpstreamError(error)
    }
  }

  return {
    lease,

    /**
     * Runs `work` on a connection of the account. Should it fail or `signal` abort, the connection is closed: nobody
     * knows what it is still about to say.
     * @throws what `lease` and `work` throw.
     */
    async withConnection<T>(
      ownerId: string,
      mailAccountId: string,
      work: (client: ImapFlow) => Promise<T>,
      signal?: AbortSignal,
    ): Promise<T> {
      const { client, release, discard } = await lease(ownerId, mailAccountId, signal)
      signal?.addEventListener('abort', discard, { once: true })
      try {
        const result = await work(client)
        release()
        return result
      } finally {
        signal?.removeEventListener('abort', discard)
        discard()
      }
    },

    /** Closes every connection; downloads under way break off. */
    stop(): void {
      isStopped = true
      for (const pool of pools.values()) pool.close()
    },
  }
}
