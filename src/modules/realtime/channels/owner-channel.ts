import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Events, StoredEvent } from '#platform/events/events.ts'
import { createWireEvent } from '../wire-event.ts'
import type { Subscriber } from './subscriber.ts'

const pageSize = 200

/** After so much the connections get to write: what comes in one turn would count as unread. */
const burstBytes = 256 * 1024

/** How long ago a client may have been here last. Events are kept for longer; lists are read faster than all of those. */
const replayedMs = 24 * 3_600_000

/**
 * The events of one owner, read once for all of that owner's clients on this node, in order and without a gap.
 * Live events run on one queue: a client joins between two reads, never during one.
 */
export function createOwnerChannel(
  events: Pick<Events, 'readAfter'>,
  ownerId: string,
  startSeq: number,
  onFannedOut: (lagSeconds: number) => void = () => undefined,
) {
  const subscribers = new Set<Subscriber>()
  let cursor = startSeq
  let queue: Promise<unknown> = Promise.resolve()
  const enqueue = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work)
    queue = done.catch(() => undefined)
    return done
  }

  async function readNew(): Promise<void> {
    for (;;) {
      const found = await events.readAfter(ownerId, cursor, pageSize)
      let burst = 0
      for (const stored of found) {
        if (subscribers.size > 0) onFannedOut(Math.max(0, (Date.now() - stored.created_at.getTime()) / 1000))
        const event = createWireEvent(stored)
        for (const subscriber of subscribers) subscriber.offer(event)
        cursor = event.seq
        burst += event.size()
        if (burst < burstBytes) continue
        burst = 0
        await nextTurn()
      }
      if (found.length < pageSize) return
    }
  }

  /**
   * What a client missed, at its own pace, while others go on.
   * @returns the number it came to; undefined when something of it is not kept, or too old.
   */
  async function replayPages(subscriber: Subscriber, from: number): Promise<number | undefined> {
    for (let seq = from; ; ) {
      const missed = await events.readAfter(ownerId, seq, pageSize)
      if (!isGapless(missed, seq) || (seq === from && isTooOld(missed))) return undefined
      if (missed.length > 0 && !(await subscriber.replay(missed.map(createWireEvent)))) return undefined
      seq = missed.at(-1)?.seq ?? seq
      if (missed.length < pageSize) return seq
    }
  }

  /** What came meanwhile, up to the cursor, from where live events follow. @returns whether that was all there had to be. */
  async function replayRest(subscriber: Subscriber, from: number): Promise<boolean> {
    let seq = from
    while (seq < cursor) {
      const missed = await events.readAfter(ownerId, seq, pageSize)
      if (missed.length === 0 || !isGapless(missed, seq)) return false
      for (const event of missed.filter((one) => one.seq <= cursor)) {
        subscriber.offer(createWireEvent(event))
        seq = event.seq
      }
    }
    return seq === cursor
  }

  let nextWake: Promise<void> | undefined
  return {
    /** Adds a client; with `resumeFrom` it first gets what it missed. */
    async join(subscriber: Subscriber, resumeFrom: number | undefined): Promise<void> {
      if (resumeFrom !== undefined) subscriber.hello(resumeFrom)
      const position = resumeFrom === undefined ? undefined : await replayPages(subscriber, resumeFrom)
      await enqueue(async () => {
        await readNew()
        if (resumeFrom === undefined) subscriber.hello(cursor)
        else if (position === undefined || !(await replayRest(subscriber, position))) subscriber.resync(cursor)
        subscribers.add(subscriber)
      })
    },
    leave: (subscriber: Subscriber) => subscribers.delete(subscriber),
    /** Reads what is new; to be called after a hint. Hints that come before the read begins share it. */
    wake: (): Promise<void> => {
      nextWake ??= enqueue(() => {
        nextWake = undefined
        return readNew()
      })
      return nextWake
    },
    get seq() {
      return cursor
    },
  }
}

/** Numbers are gapless: a gap was forgotten by now. */
const isGapless = (page: readonly StoredEvent[], after: number): boolean =>
  page.every(({ seq }, at) => seq === after + 1 + at)

const isTooOld = ([first]: readonly StoredEvent[]): boolean =>
  first !== undefined && first.created_at.getTime() < Date.now() - replayedMs

export type OwnerChannel = ReturnType<typeof createOwnerChannel>
