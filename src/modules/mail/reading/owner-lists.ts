import { encodeCursor } from '#platform/http/cursor.ts'
import { fillPage, mergePages } from './list-pages.ts'
import type { ListQuery, ListScopes } from './list-scopes.ts'
import type { ListWalk, MessageKey } from './list-walk.ts'

/** Where rows of one owner come from, newest first; `strideEnd` as in `ListedPage`. */
export type OwnerListStore<Row> = {
  list(ownerId: string, walk: ListWalk, page: { after: MessageKey | undefined; limit: number }): Promise<Row[]>
  strideEnd(ownerId: string, walk: ListWalk, after: MessageKey | undefined): Promise<MessageKey | undefined>
}

/**
 * What lists of messages and of conversations have in common: a page of a folder, of all folders of a role, or of a label,
 * of all these owners. One that lies there twice is one; its rows follow each other.
 * @throws AppError `not_found` for a folder or label of somebody else, `invalid_request_body` for a foreign cursor or an
 *   unreadable filter.
 */
export function createOwnerLists<Row extends { id: string }, Item>(deps: {
  store: OwnerListStore<Row>
  scopes: ListScopes
  keyOf: (row: Row) => MessageKey
  present: (row: Row) => Item
}) {
  const { store, scopes, keyOf, present } = deps

  async function pageOf(ownerId: string, query: ListQuery) {
    const { walk, after, limit } = await scopes.read(ownerId, query)
    return fillPage<Row>({
      ...{ after, limit, keyOf },
      list: (page) => store.list(ownerId, walk, page),
      strideEnd: (key) => store.strideEnd(ownerId, walk, key),
    })
  }

  return async (
    ownerIds: readonly string[],
    query: ListQuery,
  ): Promise<{ items: Item[]; next_cursor: string | null }> => {
    const pages = await Promise.all(ownerIds.map((ownerId) => pageOf(ownerId, query)))
    const { rows, next } = mergePages(pages, { limit: query.limit ?? 50, keyOf })
    if (rows.length === 0) await scopes.requireExisting(ownerIds, query)
    return {
      items: rows.filter((row, at) => row.id !== rows[at - 1]?.id).map((row) => present(row)),
      next_cursor: next ? encodeCursor([next.receivedAt, next.messageId]) : null,
    }
  }
}
