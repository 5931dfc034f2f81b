import { notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { FolderStore } from './folder-store.ts'
import type { MessageBodies } from './message-bodies.ts'
import type { ListedMessage, MessageFilter, MessageListStore } from './message-list-store.ts'
import { etagOf, messageOf, summaryOf } from './message-presentation.ts'
import type { MessageStore, StoredMessage } from './message-store.ts'
import type { Message, MessageSummary } from './wire.ts'

export type Messages = ReturnType<typeof createMessages>

/** Reading mail: lists and single messages as their owner sees them. */
export function createMessages(deps: {
  list: MessageListStore
  store: MessageStore
  folders: FolderStore
  bodies: MessageBodies
}) {
  return {
    /**
     * A page of a folder, newest first. Mail that arrives between two pages shifts nothing.
     * @throws AppError `not_found` for a folder of somebody else, `invalid_request_body` for a foreign cursor.
     */
    async list(
      ownerId: string,
      folderId: string,
      { filter, cursor, limit }: { filter: MessageFilter; cursor: string | undefined; limit: number },
    ): Promise<{ items: MessageSummary[]; next_cursor: string | null }> {
      const after = cursor === undefined ? undefined : readCursor(cursor)
      const found = await deps.list.list(ownerId, folderId, { filter, after, limit: limit + 1 })
      if (found.length === 0 && !(await deps.folders.hasFolder(ownerId, folderId))) throw notFound('folder')
      const rows = found.slice(0, limit)
      const last = rows.at(-1)
      return {
        items: withoutRepeats(rows).map(summaryOf),
        next_cursor: last && found.length > limit ? encodeCursor([last.received_at, last.id]) : null,
      }
    },

    /**
     * A message with its body, which is fetched from the mail server now if it is not here yet. `message` is undefined
     * when `isKnown` says that the caller has this version already.
     * @throws AppError `not_found`.
     */
    async view(
      ownerId: string,
      messageId: string,
      isKnown: (etag: string) => boolean,
    ): Promise<{ etag: string; message: Message | undefined }> {
      const message = await findWithBody(deps, ownerId, messageId)
      const etag = etagOf(message)
      if (isKnown(etag)) return { etag, message: undefined }
      const hasBody = message.body_state === 'stored' || message.body_state === 'indexed'
      const body = hasBody ? await deps.store.findBody(ownerId, messageId) : undefined
      return { etag, message: messageOf(message, body) }
    },
  }
}

async function findWithBody(
  { store, bodies }: { store: MessageStore; bodies: MessageBodies },
  ownerId: string,
  messageId: string,
): Promise<StoredMessage> {
  const message = await store.find(ownerId, messageId)
  if (!message) throw notFound('message')
  if (message.body_state === 'stored' || message.body_state === 'failed') return message
  const isStored = await bodies.fetch(ownerId, message)
  return (isStored && (await store.find(ownerId, messageId))) || message
}

function readCursor(cursor: string) {
  const [receivedAt, messageId] = decodeCursor(cursor, ['time', 'uuid'])
  return { receivedAt, messageId }
}

/** A message that lies twice in a folder is one message; its rows follow each other. */
const withoutRepeats = (rows: ListedMessage[]) => rows.filter((row, at) => row.id !== rows[at - 1]?.id)
