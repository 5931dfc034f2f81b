import type { Database, Transact } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { appendMailEvents } from '../events.ts'
import { mutedThreadStore as store } from './muted-thread-store.ts'

export type MutedThreads = ReturnType<typeof createMutedThreads>

/** Conversations whose later messages skip the inbox, and go into the archive unread. */
export function createMutedThreads(deps: { database: Database; transact: Transact; events: Events }) {
  const { database, transact, events } = deps
  return {
    /** @throws AppError `invalid_request_body` for a foreign cursor. */
    async list(ownerId: string, { cursor, limit }: { cursor: string | undefined; limit: number }) {
      const [after] = cursor === undefined ? [] : decodeCursor(cursor, ['uuid'])
      const found = await store.list(database, ownerId, { after, limit: limit + 1 })
      const items = found.slice(0, limit)
      const last = items.at(-1)
      return { items, next_cursor: last && found.length > limit ? encodeCursor([last.thread_id]) : null }
    },

    /** Done once, however often it is asked for. @throws AppError `not_found`. */
    mute: (ownerId: string, threadId: string): Promise<void> =>
      transact(async (tx) => {
        if (!(await store.hasThread(tx, ownerId, threadId))) throw notFound('conversation')
        if (!(await store.insert(tx, ownerId, threadId))) return
        const data = { thread_id: threadId }
        await appendMailEvents(events, tx, ownerId, [{ type: 'mail.thread_muted', data }])
      }),

    /** @throws AppError `not_found`. */
    unmute: (ownerId: string, threadId: string): Promise<void> =>
      transact(async (tx) => {
        if (!(await store.hasThread(tx, ownerId, threadId))) throw notFound('conversation')
        if (!(await store.delete(tx, ownerId, threadId))) return
        const data = { thread_id: threadId }
        await appendMailEvents(events, tx, ownerId, [{ type: 'mail.thread_unmuted', data }])
      }),
  }
}
