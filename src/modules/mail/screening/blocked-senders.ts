import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { newId } from '#platform/ids.ts'
import { appendMailEvents } from '../events.ts'
import { type BlockedSender, blockedSenderStore as store } from './blocked-sender-store.ts'
import { checkedSender } from './sender-pattern.ts'

/** More than anybody keeps by hand; a domain stands for all of its addresses. */
const maxSenders = 10_000

export type BlockedSenders = ReturnType<typeof createBlockedSenders>

/** Senders whose mail goes into Junk from now on; what came before stays where it is. */
export function createBlockedSenders(deps: { database: Database; transact: Transact; events: Events }) {
  const { database, transact, events } = deps
  return {
    /** By their addresses. @throws AppError `invalid_request_body` for a foreign cursor. */
    async list(ownerId: string, { cursor, limit }: { cursor: string | undefined; limit: number }) {
      const [after] = cursor === undefined ? [] : decodeCursor(cursor, ['string'])
      const found = await store.list(database, ownerId, { after, limit: limit + 1 })
      const items = found.slice(0, limit)
      const last = items.at(-1)
      return { items, next_cursor: last && found.length > limit ? encodeCursor([last.sender]) : null }
    },

    /**
     * Blocks an address, or a domain with all below it; one that is blocked already is answered as it is.
     * @throws AppError `mail.sender_invalid`, `mail.sender_is_yourself`, `mail.too_many_blocked_senders`.
     */
    block: (ownerId: string, text: string): Promise<BlockedSender> =>
      transact(async (tx) => {
        const sender = checkedSender(text)
        const own = await store.ownAddresses(tx, ownerId)
        if (own.some((address) => address === sender)) throw yourself()
        if ((await store.count(tx, ownerId)) >= maxSenders) throw tooMany()
        const blocked = await store.insert(tx, ownerId, { id: newId(), sender })
        if (!blocked) return (await store.find(tx, ownerId, sender)) ?? Promise.reject(notFound('blocked sender'))
        const data = { blocked_sender_id: blocked.id }
        await appendMailEvents(events, tx, ownerId, [{ type: 'mail.sender_blocked', data }])
        return blocked
      }),

    /** @throws AppError `not_found`. */
    unblock: (ownerId: string, id: string): Promise<void> =>
      transact(async (tx) => {
        if (!(await store.delete(tx, ownerId, id))) throw notFound('blocked sender')
        await appendMailEvents(events, tx, ownerId, [
          { type: 'mail.sender_unblocked', data: { blocked_sender_id: id } },
        ])
      }),
  }
}

const yourself = () =>
  new AppError('unprocessable', 'mail.sender_is_yourself', 'That is an address of your own; block another sender.')

const tooMany = () =>
  new AppError(
    'unprocessable',
    'mail.too_many_blocked_senders',
    `You block ${maxSenders} senders already; unblock some, or block whole domains.`,
  )
