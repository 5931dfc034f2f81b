import type { ListScopes } from './list-scopes.ts'
import type { ListedMessage, MessageListStore } from './message-list-store.ts'
import { summaryOf } from './message-presentation.ts'
import { createOwnerLists } from './owner-lists.ts'

export type MessageLists = ReturnType<typeof createMessageLists>

/** Lists of messages as those who may read them see them. */
export function createMessageLists({ store, scopes }: { store: MessageListStore; scopes: ListScopes }) {
  const keyOf = (row: ListedMessage) => ({ receivedAt: row.sorted_at, messageId: row.id })
  return {
    /**
     * Newest first. Mail that arrives between two pages shifts nothing. A page may be shorter than asked for, but it is
     * never empty before the end.
     * @throws AppError as `createOwnerLists` says.
     */
    list: createOwnerLists({ store, scopes, keyOf, present: summaryOf }),
  }
}
