import type { ImapFlow } from 'imapflow'

/** A connection for one piece of work. To be given back: by `release`, or by `discard` when its state is unknown. */
export type Lease = { client: ImapFlow; release(): void; discard(): void }

export type ConnectionPool = ReturnType<typeof createConnectionPool>

/**
 * Connections of one account: at most `size` at a time, first come, first served, none shared while in use. One that
 * rests longer than `idleMs` is closed. `onUnused` tells that nothing is left of it.
 */
export function createConnectionPool(options: {
  connect: (signal: AbortSignal) => Promise<ImapFlow>
  size: number
  idleMs: number
  onUnused: () => void
}) {
  let free = options.size
  let isClosed = false
  const waiting: Array<() => void> = []
  const leased = new Set<ImapFlow>()
  /** Resting connections, each with what ends its rest. */
  const idle = new Map<ImapFlow, () => void>()

  async function takeSlot(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (free > 0) {
      free -= 1
      return
    }
    const turn = Promise.withResolvers<void>()
    const onAbort = () => {
      waiting.splice(waiting.indexOf(turn.resolve), 1)
      turn.reject(signal.reason)
    }
    waiting.push(turn.resolve)
    signal.addEventListener('abort', onAbort, { once: true })
    await turn.promise
    signal.removeEventListener('abort', onAbort)
  }

  function freeSlot(): void {
    const next = waiting.shift()
    if (!next) free += 1
    next?.()
    tellIfUnused()
  }

  function tellIfUnused(): void {
    if (free === options.size && idle.size === 0) options.onUnused()
  }

  function takeIdle(): ImapFlow | undefined {
    for (const [client, endRest] of idle) {
      endRest()
      if (client.usable) return client
    }
  }

  function rest(client: ImapFlow): void {
    const endRest = () => {
      clearTimeout(timer)
      client.off('close', forget)
      idle.delete(client)
    }
    const forget = () => {
      endRest()
      client.close()
      tellIfUnused()
    }
    const timer = setTimeout(forget, options.idleMs).unref()
    client.on('close', forget)
    idle.set(client, endRest)
  }

  function leaseOf(client: ImapFlow): Lease {
    leased.add(client)
    const giveBack = (isReusable: boolean) => {
      if (!leased.delete(client)) return
      if (isReusable && client.usable && !isClosed) rest(client)
      else client.close()
      freeSlot()
    }
    return { client, release: () => giveBack(true), discard: () => giveBack(false) }
  }

  return {
    /** Rejects with what `connect` threw, or with the reason of `signal` when that aborts before a connection is there. */
    async lease(signal: AbortSignal): Promise<Lease> {
      await takeSlot(signal)
      try {
        return leaseOf(takeIdle() ?? (await options.connect(signal)))
      } catch (error) {
        freeSlot()
        throw error
      }
    },

    /** Closes every connection, also those in use. */
    close(): void {
      isClosed = true
      for (const client of [...leased, ...idle.keys()]) client.close()
    },
  }
}
