import type { Events, StoredEvent } from '#platform/events/events.ts'

/** One connected client, whatever its transport. */
export type Client = {
  /** The first thing a client hears: events after `seq` follow. */
  hello(seq: number): boolean
  /** False when the client takes no more: it is then dropped from the channel. */
  send(event: StoredEvent): boolean
  /** Told instead of events that are no longer kept; the client starts over from `seq`. */
  resync(seq: number): boolean
}

const pageSize = 500

/**
 * The events of one owner, read once for all of that owner's clients on this node, in order and without a gap.
 * Everything runs on one queue: a client joins between two reads, never during one.
 */
export function createOwnerChannel(events: Events, ownerId: string, startSeq: number) {
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
        for (const client of clients) if (!client.send(event)) clients.delete(client)
        cursor = event.seq
      }
      if (found.length < pageSize) return
    }
  }

  async function catchUp(client: Client, resumeFrom: number): Promise<void> {
    const oldest = (await events.oldestSeq(ownerId)) ?? cursor + 1
    if (resumeFrom > cursor || resumeFrom < oldest - 1) {
      client.resync(cursor)
      return
    }
    let seq = resumeFrom
    while (seq < cursor) {
      const missed = await events.readAfter(ownerId, seq, pageSize)
      for (const event of missed) {
        if (event.seq > cursor) return
        if (!client.send(event)) return
        seq = event.seq
      }
      if (missed.length === 0) return
    }
  }

  return {
    /** Adds a client; with `resumeFrom` it first gets what it missed. */
    join: (client: Client, resumeFrom: number | undefined) =>
      enqueue(async () => {
        await readNew()
        client.hello(resumeFrom ?? cursor)
        if (resumeFrom !== undefined) await catchUp(client, resumeFrom)
        clients.add(client)
      }),
    leave: (client: Client) => clients.delete(client),
    /** Reads what is new; to be called after a hint. */
    wake: () => enqueue(readNew),
    get seq() {
      return cursor
    },
    get size() {
      return clients.size
    },
  }
}

export type OwnerChannel = ReturnType<typeof createOwnerChannel>
