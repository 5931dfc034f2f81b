import type { Database } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { FolderStore } from '../reading/folder-store.ts'
import { summaryOf } from '../reading/message-presentation.ts'
import type { MessageStore } from '../reading/message-store.ts'
import type { MessageSummary } from '../reading/wire.ts'
import { pinStore } from './pin-store.ts'

export type Pins = ReturnType<typeof createPins>

/** Messages that their owner pinned, to be shown above the others. */
export function createPins(deps: { database: Database; messages: MessageStore; folders: FolderStore }) {
  const { database, messages, folders } = deps
  return {
    /**
     * Those pinned last first, of all folders or of one.
     * @throws AppError `not_found` for a folder of somebody else, `invalid_request_body` for a foreign cursor.
     */
    async list(
      ownerId: string,
      page: { folderId: string | undefined; cursor: string | undefined; limit: number },
    ): Promise<{ items: MessageSummary[]; next_cursor: string | null }> {
      const { folderId, cursor, limit } = page
      if (folderId !== undefined && !(await folders.hasFolder(ownerId, folderId))) throw notFound('folder')
      const [pinnedAt, id] = cursor === undefined ? [] : decodeCursor(cursor, ['time', 'uuid'])
      const after = pinnedAt !== undefined && id !== undefined ? { pinnedAt, id } : undefined
      const found = await pinStore.list(database, ownerId, { folderId, after, limit: limit + 1 })
      const pins = found.slice(0, limit)
      const ids = pins.map((pin) => pin.id)
      const rows = new Map((await messages.listed(ownerId, ids)).map((row) => [row.id, row]))
      const last = pins.at(-1)
      return {
        items: ids.flatMap((one) => rows.get(one) ?? []).map(summaryOf),
        next_cursor: last && found.length > limit ? encodeCursor([last.pinned_at, last.id]) : null,
      }
    },
  }
}
