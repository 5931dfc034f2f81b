import type { Cache } from '#platform/cache/cache.ts'
import type { Events } from '#platform/events/events.ts'
import type { Logger } from '#platform/observability/log.ts'
import { createOwnerChannel, type OwnerChannel } from './owner-channel.ts'
import type { Subscriber } from './subscriber.ts'

/** How long a client may wait for an event whose hint was lost: a lost cache, or a node that died after its commit. */
const pollSeconds = 3

/** The channel on which every node tells that an owner has new events. */
export const hintChannel = 'events'

type Entry = { channel: Promise<OwnerChannel>; users: number }

/** Fans the owners' events out to the clients of this node. */
export function createHub(deps: {
  events: Events
  cache: Cache
  log: Logger
  /** Told for each event how many seconds it took to the clients of its owner. */
  onFannedOut?: (lagSeconds: number) => void
}) {
  const { events, cache, log, onFannedOut } = deps
  const entries = new Map<string, Entry>()
  const wake = async (ownerId: string) => {
    const entry = entries.get(ownerId)
    if (entry) await (await entry.channel).wake()
  }
  const unsubscribe = cache.subscribe(hintChannel, (ownerId) => {
    wake(ownerId).catch((error) => log.warn({ err: error }, 'events could not be read; the next poll tries again'))
  })
  const poll = async () => {
    const lastSeqs = await events.lastSeqs([...entries.keys()])
    for (const [ownerId, seq] of lastSeqs) {
      const channel = await entries.get(ownerId)?.channel
      if (channel && channel.seq < seq) await channel.wake()
    }
  }
  let polling: Promise<void> | undefined
  const timer = setInterval(() => {
    polling ??= poll()
      .catch((error) => log.warn({ err: error }, 'events could not be polled'))
      .finally(() => {
        polling = undefined
      })
  }, pollSeconds * 1000)

  const open = async (ownerId: string) => {
    const lastSeq = (await events.lastSeqs([ownerId])).get(ownerId) ?? 0
    return createOwnerChannel(events, ownerId, lastSeq, onFannedOut)
  }
  const release = (ownerId: string, entry: Entry) => {
    entry.users--
    if (entry.users === 0) entries.delete(ownerId)
  }

  return {
    /** @returns a function that takes the client out. */
    async join(ownerId: string, subscriber: Subscriber, resumeFrom: number | undefined): Promise<() => void> {
      const entry = entries.get(ownerId) ?? { channel: open(ownerId), users: 0 }
      entries.set(ownerId, entry)
      entry.users++
      try {
        const channel = await entry.channel
        await channel.join(subscriber, resumeFrom)
        return () => {
          channel.leave(subscriber)
          release(ownerId, entry)
        }
      } catch (error) {
        release(ownerId, entry)
        throw error
      }
    },
    async close() {
      clearInterval(timer)
      unsubscribe()
      await polling
    },
  }
}

export type Hub = ReturnType<typeof createHub>
