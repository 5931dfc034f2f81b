import type { Database } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'
import { AppError } from '#platform/errors.ts'
import { eventStreamStore as store } from './event-stream-store.ts'

export type StreamEvent = { seq: number; type: string; at: string; data: Json }

export type StreamPage = {
  /** Undefined for nothing but where the stream stands; 0 for all that is kept. */
  after: number | undefined
  /** `mail.message_*` or whole types. */
  types: readonly string[]
  limit: number
  mayRead: (module: string) => boolean
}

/** An owner's events by their numbers. */
export function createEventStream({ database }: { database: Database }) {
  return {
    /** @throws AppError `events_expired` when some of what came after `after` is not kept any more. */
    async read(ownerId: string, { after, types, limit, mayRead }: StreamPage) {
      // Before the events: what commits meanwhile belongs to the next answer.
      const { oldest, last } = await store.bounds(database, ownerId)
      if (after === undefined) return { items: [], next_after: last, has_more: false }
      if (after > last || (after > 0 && after < (oldest ?? last + 1) - 1)) throw expired(last)
      const found = await store.find(database, ownerId, { after, upTo: last, types, limit: limit + 1 })
      const rows = found.slice(0, limit)
      const hasMore = found.length > limit
      return {
        items: rows
          .filter(({ type }) => mayRead(type.split('.')[0] ?? ''))
          .map(({ seq, type, created_at, data }): StreamEvent => ({ seq, type, at: created_at.toISOString(), data })),
        next_after: hasMore ? (rows.at(-1)?.seq ?? last) : last,
        has_more: hasMore,
      }
    },
  }
}

export type EventStream = ReturnType<typeof createEventStream>

const expired = (last: number) =>
  new AppError(
    'conflict',
    'events_expired',
    `Events after that one are no longer kept. Read your lists again, then go on with after=${last}.`,
  )
