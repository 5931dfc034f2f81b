import { encodeCursor } from '#platform/http/cursor.ts'
import { fillPage, mergePages } from './list-pages.ts'
import type { ListQuery, ListScopes } from './list-scopes.ts'
import type { ListedMessage, MessageListStore } from './message-list-store.ts'
import { summaryOf } from './message-presentation.ts'
import type { MessageSummary } from './wire.ts'

export type MessageLists = ReturnType<typeof createMessageLists>

/** Lists of messages as those who may read them see them. */
export function createMessageLists({ store, scopes }: { store: MessageListStore; scopes: ListScopes }) {
  const keyOf = (row: ListedMessage) => ({ receivedAt: row.sorted_at, messageId: row.id })

  async function pageOf(ownerId: string, query: ListQuery) {
    const { walk, after, limit } = await scopes.read(ownerId, query)
    return fillPage<ListedMessage>({
      ...{ after, limit, keyOf },
      list: (page) => store.list(ownerId, walk, page),
      strideEnd: (key) => store.strideEnd(ownerId, walk, key),
    })
  }

  return {
    /**
     * A page of a folder, of all folders of a role, or of a label, of all these owners, newest first. Mail that arrives between two pages
     * shifts nothing. A page may be shorter than asked for, but it is never empty before the end.
     * @throws AppError `not_found` for a folder or label of somebody else, `invalid_request_body` for a foreign cursor
     *   or an unreadable filter.
     */
    async list(
      ownerIds: readonly string[],
      query: ListQuery,
    ): Promise<{ items: MessageSummary[]; next_cursor: string | null }> {
      const pages = await Promise.all(ownerIds.map((ownerId) => pageOf(ownerId, query)))
      const { rows, next } = mergePages(pages, { limit: query.limit ?? 50, keyOf })
      if (rows.length === 0) await scopes.requireExisting(ownerIds, query)
      return {
        items: withoutRepeats(rows).map(summaryOf),
        next_cursor: next ? encodeCursor([next.receivedAt, next.messageId]) : null,
      }
    },
  }
}

/** A message that lies twice in a folder is one message; its rows follow each other. */
const withoutRepeats = (rows: ListedMessage[]) => rows.filter((row, at) => row.id !== rows[at - 1]?.id)
