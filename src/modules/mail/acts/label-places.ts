import type { Change, Labels } from './act-difference.ts'
import type { ActFolder } from './act-folder-store.ts'
import type { NewCopy } from './copy-store.ts'
import type { Place, Subject } from './message-state.ts'

/** On a server whose folders are labels, the folder that stands for a label. */
export const labelFolder = (folders: readonly ActFolder[], mailAccountId: string, name: string) =>
  folders.find((one) => one.mail_account_id === mailAccountId && one.path.toLowerCase() === name.toLowerCase())

/** Folders in which a message gets a place, and those in which it loses it, by its labels. */
export function labelFoldersOf(change: Change, labels: Labels, folders: readonly ActFolder[]) {
  const { subject, difference } = change
  const foldersFor = (ids: readonly string[]): ActFolder[] =>
    subject.labelKeeping === 'folders'
      ? ids.flatMap((id) => labelFolder(folders, subject.mailAccountId, labels.get(id)?.name ?? '') ?? [])
      : []
  return { add: foldersFor(difference.labelIds.add), remove: foldersFor(difference.labelIds.remove) }
}

/**
 * What becomes of a place beside the one on which was acted: labels come and go with places, and what goes into Trash
 * or Junk leaves all others (and is in them again when it comes back before the server knew).
 */
export function isPlaceDeleted(
  place: Place,
  change: Change,
  { folders, added, removed }: { folders: readonly ActFolder[]; added: Set<string>; removed: Set<string> },
): boolean {
  const { subject, after, difference } = change
  if (difference.isDeleted) return after.isDeleted
  if (removed.has(place.shown_folder_id)) return true
  if (added.has(place.shown_folder_id)) return false
  if (subject.labelKeeping !== 'folders' || !difference.isMoved || place === subject.place) return place.is_deleted
  const isBin = (folderId: string) => {
    const role = folders.find((folder) => folder.id === folderId)?.role
    return role === 'trash' || role === 'junk'
  }
  if (isBin(after.folderId)) return true
  return isBin(subject.state.folderId) ? false : place.is_deleted
}

/** Places that labels make, ahead of the server; none where there is one already. */
export const newLabelPlaces = (subject: Subject, added: readonly ActFolder[]): NewCopy[] =>
  added
    .filter((folder) => !subject.places.some((place) => place.shown_folder_id === folder.id))
    .map((folder) => ({
      ...{ sourceId: subject.id, id: subject.id },
      ...{ folderId: folder.id, mailAccountId: subject.mailAccountId },
    }))
