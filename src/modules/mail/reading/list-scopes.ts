import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor } from '#platform/http/cursor.ts'
import type { FolderStore } from './folder-store.ts'
import { type AddressPattern, addressPattern, type ListWalk, type MessageKey } from './list-walk.ts'
import type { MessageListStore } from './message-list-store.ts'

/** A list as it is asked for: one of `folder_id`, `role` and `label_id` at least, and filters. */
export type ListQuery = {
  folder_id?: string
  role?: string
  label_id?: string
  is_unread?: boolean
  is_starred?: boolean
  has_attachments?: boolean
  from?: string
  to?: string
  received_after?: string
  received_before?: string
  cursor?: string
  limit?: number
}

export type ListScopes = ReturnType<typeof createListScopes>

/** What a list of messages or conversations is about. */
export function createListScopes({ folders, lists }: { folders: FolderStore; lists: MessageListStore }) {
  async function folderIdsOf(ownerId: string, { folder_id, role }: ListQuery): Promise<string[] | undefined> {
    if (role === undefined) return folder_id === undefined ? undefined : [folder_id]
    const ofRole = await folders.idsOfRole(ownerId, role)
    return folder_id === undefined ? ofRole : ofRole.filter((id) => id === folder_id)
  }

  return {
    /**
     * How to walk over what is asked for.
     * @throws AppError `invalid_request_body` for a foreign cursor, for a filter that cannot be read, and when nothing
     *   says where to look.
     */
    async read(
      ownerId: string,
      query: ListQuery,
    ): Promise<{ walk: ListWalk; after: MessageKey | undefined; limit: number }> {
      if ((query.folder_id ?? query.role ?? query.label_id) === undefined) {
        throw invalid('folder_id', 'is missing; role or label_id may stand instead')
      }
      const [from, to] = [patternOf(query, 'from'), patternOf(query, 'to')]
      const after = query.cursor === undefined ? undefined : readCursor(query.cursor)
      const addresses = [from, to].flatMap((pattern) => pattern?.value ?? [])
      const walk: ListWalk = {
        folderIds: await folderIdsOf(ownerId, query),
        labelId: query.label_id,
        isUnread: query.is_unread === true,
        isStarred: query.is_starred === true,
        hasAttachments: query.has_attachments === true,
        ...{ from, to, receivedAfter: query.received_after, receivedBefore: query.received_before },
        among: addresses.length > 0 ? await lists.candidates(ownerId, addresses) : undefined,
      }
      return { walk, after, limit: query.limit ?? 50 }
    },

    /** Tells an empty list from one that is not there. @throws AppError `not_found`. */
    async requireExisting(ownerIds: readonly string[], { folder_id, label_id }: ListQuery): Promise<void> {
      // An id is of one owner, who is then the only one that is asked about.
      const [ownerId = ''] = ownerIds
      if (folder_id !== undefined && !(await folders.hasFolder(ownerId, folder_id))) throw notFound('folder')
      if (label_id !== undefined && !(await folders.hasLabel(ownerId, label_id))) throw notFound('label')
    },
  }
}

function patternOf(query: ListQuery, name: 'from' | 'to'): AddressPattern | undefined {
  const text = query[name]
  if (text === undefined) return undefined
  const pattern = addressPattern(text)
  if (!pattern) throw invalid(name, 'must be an e-mail address or a domain')
  return pattern
}

function readCursor(cursor: string): MessageKey {
  const [receivedAt, messageId] = decodeCursor(cursor, ['time', 'uuid'])
  return { receivedAt, messageId }
}

const invalid = (name: string, message: string) =>
  new AppError('invalid', 'invalid_request_body', `The request is not valid: querystring.${name} ${message}.`, {
    details: [{ path: `querystring.${name}`, message }],
  })
