import type { Tx } from '#platform/database/database.ts'
import type { ActFolder } from './act-folder-store.ts'
import type { MessageState, Place, Subject } from './message-state.ts'
import { type SubjectRow, subjectStore } from './subject-store.ts'

/**
 * Locks messages and reads what acts need to know of them; those that lie nowhere are not among them, those that their
 * owner deleted for good and that can still be had back are.
 */
export async function lockSubjects(
  tx: Tx,
  ownerId: string,
  messageIds: readonly string[],
): Promise<{ places: ReadonlyMap<string, readonly Place[]>; rows: SubjectRow[]; withoutKeywords: Set<string> }> {
  const places = Map.groupBy(await subjectStore.lockPlaces(tx, ownerId, messageIds), (one) => one.message_id)
  const rows = await subjectStore.list(tx, ownerId, [...places.keys()])
  const folderIds = new Set([...places.values()].flat().map((place) => place.folder_id))
  return { places, rows, withoutKeywords: await subjectStore.withoutKeywords(tx, ownerId, [...folderIds]) }
}

/** Messages with the place that stands for each, as seen from `inFolderId`. */
export function subjectsOf(
  { places, rows, withoutKeywords }: Awaited<ReturnType<typeof lockSubjects>>,
  folders: readonly ActFolder[],
  inFolderId?: string,
): Map<string, Subject> {
  const roles = new Map(folders.map((folder) => [folder.id, folder.role]))
  const subjects = rows.flatMap((row): Subject[] => {
    const own = places.get(row.id) ?? []
    const [place] = own.toSorted((one, other) => rank(one, roles, inFolderId) - rank(other, roles, inFolderId))
    if (!place) return []
    const keepsKeywords = !withoutKeywords.has(place.folder_id)
    const base = { id: row.id, threadId: row.thread_id, mailAccountId: row.mail_account_id, place, places: own }
    const labelKeeping = row.is_labelled ? 'folders' : keepsKeywords ? 'keywords' : 'local'
    return [{ ...base, keepsKeywords, labelKeeping, state: stateOf(row, place, own) }]
  })
  return new Map(subjects.map((subject) => [subject.id, subject]))
}

function stateOf(row: SubjectRow, place: Place, places: readonly Place[]): MessageState {
  return {
    isRead: place.is_read,
    isStarred: place.is_starred,
    folderId: place.shown_folder_id,
    keywords: place.keywords,
    labelIds: row.label_ids,
    isPinned: row.pinned_at !== null,
    snoozedUntil: row.snoozed_until,
    isDeleted: places.every((one) => one.is_deleted),
    isReturned: false,
  }
}

/** As lists have it: the opened folder first, then INBOX, then any rather than Gmail's All Mail. */
function rank(place: Place, roles: ReadonlyMap<string, string | null>, inFolderId: string | undefined): number {
  if (place.is_deleted) return 4
  if (place.shown_folder_id === inFolderId) return 0
  const role = roles.get(place.shown_folder_id)
  if (role === 'inbox') return 1
  return role === 'all' ? 3 : 2
}
