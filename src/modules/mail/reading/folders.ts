import { notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { FolderStore } from './folder-store.ts'
import type { Folder } from './wire.ts'

export type Folders = ReturnType<typeof createFolders>

/** The folders of owners' mail accounts with their counts, as the database keeps them. */
export function createFolders({ store }: { store: FolderStore }) {
  return {
    /** @throws AppError `not_found` for an account of somebody else, `invalid_request_body` for a foreign cursor. */
    async list(
      ownerIds: readonly string[],
      {
        mailAccountId,
        cursor,
        limit,
      }: { mailAccountId: string | undefined; cursor: string | undefined; limit: number },
    ): Promise<{ items: Folder[]; next_cursor: string | null }> {
      const after = cursor === undefined ? undefined : readCursor(cursor)
      const page = { ...(mailAccountId !== undefined && { mailAccountId }), ...(after && { after }), limit: limit + 1 }
      const lists = await Promise.all(ownerIds.map((ownerId) => store.list(ownerId, page)))
      // Each list is in the order of its accounts already, and no two have one in common.
      const found = lists.flat().toSorted((one, other) => order(one.mail_account_id, other.mail_account_id))
      if (found.length === 0 && mailAccountId !== undefined) {
        const [ownerId = ''] = ownerIds
        if (!(await store.hasAccount(ownerId, mailAccountId))) throw notFound('mail account')
      }
      const rows = found.slice(0, limit)
      const last = rows.at(-1)
      return {
        items: rows.map(({ rank: _, ...folder }) => folder),
        next_cursor: last && found.length > limit ? encodeCursor([last.mail_account_id, last.rank, last.path]) : null,
      }
    },
  }
}

const order = (one: string, other: string): number => (one < other ? -1 : Number(one > other))

function readCursor(cursor: string) {
  const [mailAccountId, rank, path] = decodeCursor(cursor, ['uuid', 'number', 'string'])
  return { mailAccountId, rank, path }
}
