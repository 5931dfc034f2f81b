import { notFound } from '#platform/errors.ts'
import type { FolderStore } from './folder-store.ts'
import type { ListScopes } from './list-scopes.ts'
import { inMilliseconds, summaryOf } from './message-presentation.ts'
import { createOwnerLists } from './owner-lists.ts'
import type { ListedThread, ThreadListStore } from './thread-list-store.ts'
import type { Address, MessageSummary, Thread, ThreadSummary } from './wire.ts'

const maxParticipants = 5

export type Threads = ReturnType<typeof createThreads>

/** Reading mail by conversations. */
export function createThreads(deps: { store: ThreadListStore; folders: FolderStore; scopes: ListScopes }) {
  const { store, folders, scopes } = deps
  const keyOf = (row: ListedThread) => ({ receivedAt: row.received_at, messageId: row.message_id })
  return {
    /**
     * A page of the conversations with a message in the list, by the newest that is there. One that gets mail between
     * two pages moves to the top of the first; nothing else shifts.
     * @throws AppError as lists of messages do.
     */
    list: createOwnerLists({ store, scopes, keyOf, present: threadSummaryOf }),

    /**
     * A conversation with its messages in all folders. Those in Trash and Junk are left out, unless `folderId` names
     * that folder or there are no others.
     * @throws AppError `not_found`.
     */
    async view(ownerId: string, threadId: string, folderId: string | undefined): Promise<Thread> {
      const found = await store.view(ownerId, threadId, folderId)
      if (found.length === 0) throw notFound('thread')
      if (folderId !== undefined && !(await folders.hasFolder(ownerId, folderId))) throw notFound('folder')
      const visible = found.filter((row) => !row.is_hidden)
      const shown = visible.length > 0 ? visible : found
      return threadOf(threadId, shown.map(summaryOf), found[0]?.is_muted ?? false)
    },
  }
}

function threadSummaryOf(row: ListedThread): ThreadSummary {
  const authors = row.from_names.map((name, at) => ({ name, email: row.from_emails[at] ?? '' }))
  return {
    id: row.id,
    mail_account_id: row.mail_account_id,
    subject: row.subject,
    participants: participantsAmong(authors),
    message_count: row.message_count,
    unread_count: row.unread_count,
    has_attachments: row.has_attachments,
    is_starred: row.is_starred,
    is_pinned: row.is_pinned,
    is_muted: row.is_muted,
    label_ids: row.label_ids,
    preview: row.preview,
    last_received_at: inMilliseconds(row.received_at),
    message_ids: row.message_ids,
  }
}

function threadOf(id: string, messages: MessageSummary[], isMuted: boolean): Thread {
  const newestFirst = messages.toReversed()
  return {
    id,
    mail_account_id: messages[0]?.mail_account_id ?? '',
    subject: messages[0]?.subject ?? '',
    participants: participantsAmong(newestFirst.map(({ from }) => from)),
    message_count: messages.length,
    unread_count: messages.filter((message) => !message.is_read).length,
    has_attachments: messages.some((message) => message.has_attachments),
    is_starred: messages.some((message) => message.is_starred),
    is_pinned: messages.some((message) => message.is_pinned),
    is_muted: isMuted,
    label_ids: [...new Set(messages.flatMap((message) => message.label_ids))],
    last_received_at: newestFirst[0]?.received_at ?? '',
    messages,
  }
}

/** Each author once, by address, under the name that comes first. */
function participantsAmong(authors: readonly Address[]): Address[] {
  const byAddress = Map.groupBy(authors, ({ email }) => email.toLowerCase())
  return [...byAddress.values()].flatMap((same) => same.slice(0, 1)).slice(0, maxParticipants)
}
