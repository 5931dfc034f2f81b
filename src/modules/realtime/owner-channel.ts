import type { Events, StoredEvent } from '#platform/events/events.ts'

/** One connected client, whatever its transport. */
export type Client = {
  /** The first thing a client hears: events after `seq` follow. */
  hello(seq: number): boolean
  /** False when the client takes no more: it is then dropped from the channel. */
  send(event: StoredEvent): boolean
  /** Resolves once all of them are on their way: the pace of somebody who missed much. False as of `send`. */
  sendAll(events: readonly StoredEvent[]): Promise<boolean>
  /** Told instead of events that are no longer kept; the client starts over from `seq`. */
  resync(seq: number): boolean
}

/** A page fits well below what a socket may have unsent before it counts as too slow. */
const pageSize = 200

/**
 * The events of one owner, read once for all of that owner's clients on this node, in order and without a gap.
 * Live events run on one queue: a client joins between two reads, never during one.
 */
export function createOwnerChannel(
  events: Events,
  ownerId: string,
  startSeq: number,
  onFannedOut: (lagSeconds: number) => void = () => undefined,
) {
  const clients = new Set<Client>()
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
      for (const event of found) {
        if (clients.size > 0) onFannedOut(Math.max(0, (Date.now() - event.created_at.getTime()) / 1000))
        for (const client of clients) if (!client.send(event)) clients.delete(client)
        cursor = event.seq
      }
      if (found.length < pageSize) return
    }
  }

  /** Whole pages of what a client missed, at its own pace, while others go on. @returns the number it came to. */
  async function sendBacklog(client: Client, from: number): Promise<number> {
    for (let seq = from; ; ) {
      const missed = await events.readAfter(ownerId, seq, pageSize)
      if (missed.length < pageSize || !isGapless(missed, seq) || !(await client.sendAll(missed))) return seq
      seq = missed.at(-1)?.seq ?? seq
    }
  }

  /** What is left up to the cursor, from where live events follow. Numbers are gapless: a gap was forgotten by now. */
  async function sendRest(client: Client, from: number): Promise<void> {
    let seq = from
    while (seq < cursor) {
      const missed = await events.readAfter(ownerId, seq, pageSize)
      if (missed.length === 0 || !isGapless(missed, seq)) break
      for (const event of missed.filter((one) => one.seq <= cursor)) {
        if (!client.send(event)) return
        seq = event.seq
      }
    }
    if (seq !== cursor) client.resync(cursor)
  }

  let nextWake: Promise<void> | undefined
  return {
    /** Adds a client; with `resumeFrom` it first gets what it missed. */
    async join(client: Client, resumeFrom: number | undefined): Promise<void> {
      const startsFrom =
        resumeFrom !== undefined && client.hello(resumeFrom) ? await sendBacklog(client, resumeFrom) : undefined
      await enqueue(async () => {
        await readNew()
        if (startsFrom === undefined) client.hello(cursor)
        else await sendRest(client, startsFrom)
        clients.add(client)
      })
    },
    leave: (client: Client) => clients.delete(client),
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

const isGapless = (page: readonly StoredEvent[], after: number): boolean =>
  page.every(({ seq }, at) => seq === after + 1 + at)

export type OwnerChannel = ReturnType<typeof createOwnerChannel>
