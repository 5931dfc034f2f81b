import { notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { FolderStore } from './folder-store.ts'
import type { MessageKey } from './message-list-store.ts'
import { inMilliseconds, summaryOf } from './message-presentation.ts'
import type { ListedThread, ThreadListStore } from './thread-list-store.ts'
import type { Address, MessageSummary, Thread, ThreadSummary } from './wire.ts'

const maxParticipants = 5
const maxStrides = 5

export type Threads = ReturnType<typeof createThreads>

/** Reading mail by conversations. */
export function createThreads({ store, folders }: { store: ThreadListStore; folders: FolderStore }) {
  return {
    /**
     * A page of the conversations of a folder, by the newest message there. One that gets mail between two pages moves
     * to the top of the first; nothing else shifts.
     * @throws AppError `not_found` for a folder of somebody else, `invalid_request_body` for a foreign cursor.
     */
    async list(
      ownerId: string,
      folderId: string,
      { cursor, limit }: { cursor: string | undefined; limit: number },
    ): Promise<{ items: ThreadSummary[]; next_cursor: string | null }> {
      const after = cursor === undefined ? undefined : readCursor(cursor)
      const { rows, next } = await walk(store, ownerId, folderId, { after, limit })
      if (rows.length === 0 && !(await folders.hasFolder(ownerId, folderId))) throw notFound('folder')
      return {
        items: rows.filter((row, at) => row.id !== rows[at - 1]?.id).map(threadSummaryOf),
        next_cursor: next ? encodeCursor([next.receivedAt, next.messageId]) : null,
      }
    },

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
      return threadOf(threadId, (visible.length > 0 ? visible : found).map(summaryOf))
    },
  }
}

/**
 * Fills a page stride by stride. Where conversations are so long that this takes many, the page is shorter, but never
 * empty before the end.
 */
async function walk(
  store: ThreadListStore,
  ownerId: string,
  folderId: string,
  { after, limit }: { after: MessageKey | undefined; limit: number },
): Promise<{ rows: ListedThread[]; next: MessageKey | undefined }> {
  const rows: ListedThread[] = []
  let next = after
  for (let strides = 1; strides <= maxStrides || rows.length === 0; strides++) {
    rows.push(...(await store.list(ownerId, folderId, { after: next, limit: limit + 1 - rows.length })))
    const last = rows[limit - 1]
    if (last && rows.length > limit) {
      return { rows: rows.slice(0, limit), next: { receivedAt: last.received_at, messageId: last.message_id } }
    }
    next = await store.strideEnd(ownerId, folderId, next)
    if (!next) break
  }
  return { rows, next }
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
    preview: row.preview,
    last_received_at: inMilliseconds(row.received_at),
    message_ids: row.message_ids,
  }
}

function threadOf(id: string, messages: MessageSummary[]): Thread {
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
    last_received_at: newestFirst[0]?.received_at ?? '',
    messages,
  }
}

/** Each author once, by address, under the name that comes first. */
function participantsAmong(authors: readonly Address[]): Address[] {
  const byAddress = Map.groupBy(authors, ({ email }) => email.toLowerCase())
  return [...byAddress.values()].flatMap((same) => same.slice(0, 1)).slice(0, maxParticipants)
}

function readCursor(cursor: string) {
  const [receivedAt, messageId] = decodeCursor(cursor, ['time', 'uuid'])
  return { receivedAt, messageId }
}
