import type { FlagChange } from '../changes/remote-op-store.ts'
import type { MailEvent } from '../events.ts'
import type { ActFolder } from './act-folder-store.ts'
import type { Plan } from './act-plan.ts'
import type { Inverse } from './act-store.ts'
import { isPlaceDeleted, labelFoldersOf } from './label-places.ts'
import { type Difference, differenceOf, hasChange, type SetChange, withSetChange } from './message-state.ts'
import type { MessageChange, PlaceChange } from './place-store.ts'

export type ActLabel = { id: string; name: string; keyword: string }
export type Labels = ReadonlyMap<string, ActLabel>

export type Change = Plan & { difference: Difference }

/** What changes; an act that leaves a message as it is has none. */
export function changeOf(plan: Plan): Change | undefined {
  const difference = differenceOf(plan.subject.state, plan.after)
  return difference.isAny || plan.copies.length > 0 ? { ...plan, difference } : undefined
}

/** Keywords of the server that come and go, those of labels included. */
function keywordChange({ subject, difference }: Change, labels: Labels): SetChange {
  const { add, remove } = difference.keywords
  if (subject.labelKeeping !== 'keywords') return { add, remove }
  const words = (ids: readonly string[]) => ids.flatMap((id) => labels.get(id)?.keyword ?? [])
  return { add: [...add, ...words(difference.labelIds.add)], remove: [...remove, ...words(difference.labelIds.remove)] }
}

/** The message's places as they are to be; none when they stay. */
export function placesOf(
  change: Change,
  { labels, folders, now }: { labels: Labels; folders: readonly ActFolder[]; now: Date },
): PlaceChange[] {
  const { subject, after, difference } = change
  const keywords = keywordChange(change, labels)
  const ofLabels = labelFoldersOf(change, labels, folders)
  const added = new Set(ofLabels.add.map((folder) => folder.id))
  const removed = new Set(ofLabels.remove.map((folder) => folder.id))
  const { isRead, isStarred, isMoved, isDeleted } = difference
  const isWorthIt = isRead || isStarred || isMoved || isDeleted || after.isReturned || hasChange(keywords)
  if (!isWorthIt && added.size + removed.size === 0) return []
  return subject.places.map((place) => ({
    ...place,
    is_read: after.isRead,
    is_starred: after.isStarred,
    keywords: hasChange(keywords) ? withSetChange(place.keywords, keywords) : place.keywords,
    is_deleted: isPlaceDeleted(place, change, { folders, added, removed }),
    ...(place === subject.place && { shown_folder_id: after.folderId }),
    ...(place === subject.place && after.isReturned && { sortedAt: now }),
  }))
}

export function messageOf({ subject, after, difference }: Change, now: Date): MessageChange | undefined {
  if (!difference.isPinned && !difference.isSnoozed && !after.isReturned) return undefined
  const { isPinned, snoozedUntil } = after
  return { id: subject.id, isPinned, snoozedUntil, ...(after.isReturned && { returnedAt: now }) }
}

export function flagsOf(change: Change, labels: Labels): FlagChange {
  const { after, difference } = change
  const { add, remove } = keywordChange(change, labels)
  const flags: FlagChange = { add: [], remove: [] }
  if (difference.isRead) (after.isRead ? flags.add : flags.remove).push('\\Seen')
  if (difference.isStarred) (after.isStarred ? flags.add : flags.remove).push('\\Flagged')
  return { add: [...flags.add, ...add], remove: [...flags.remove, ...remove] }
}

/** What takes the change back. */
export function inverseOf({ subject, after, difference, copies }: Change): Inverse {
  const { state: before } = subject
  const inverted = ({ add, remove }: SetChange): SetChange => ({ add: remove, remove: add })
  return {
    ...(difference.isRead && { is_read: before.isRead }),
    ...(difference.isStarred && { is_starred: before.isStarred }),
    ...(difference.isMoved && { folder_id: before.folderId, seen_in: after.folderId }),
    ...(difference.isSnoozed && { snoozed_until: before.snoozedUntil?.toISOString() ?? null }),
    ...(difference.isPinned && { is_pinned: before.isPinned }),
    ...(difference.isDeleted && { is_deleted: before.isDeleted }),
    ...(hasChange(difference.keywords) && { keywords: inverted(difference.keywords) }),
    ...(hasChange(difference.labelIds) && { label_ids: inverted(difference.labelIds) }),
    ...(copies.length > 0 && { copies: copies.map(({ id, folderId }) => ({ id, folder_id: folderId })) }),
  }
}

/** What there is to tell of it. */
export function eventsOf({ subject, after, difference, copies }: Change): MailEvent[] {
  const { state: before, mailAccountId } = subject
  const message = { mail_account_id: mailAccountId, message_id: subject.id }
  const events: MailEvent[] = []
  if (difference.isDeleted && after.isDeleted) {
    events.push({ type: 'mail.message_deleted', data: { ...message, folder_id: before.folderId } })
  }
  if (difference.isDeleted && !after.isDeleted) {
    events.push({ type: 'mail.message_restored', data: { ...message, folder_id: after.folderId } })
  }
  const isLabelled = hasChange(difference.labelIds)
  if (
    difference.isRead ||
    difference.isStarred ||
    difference.isPinned ||
    isLabelled ||
    hasChange(difference.keywords)
  ) {
    const data = {
      ...{ ...message, is_read: after.isRead, is_starred: after.isStarred },
      ...(isLabelled && { label_ids: [...after.labelIds] }),
      ...(difference.isPinned && { is_pinned: after.isPinned }),
    }
    events.push({ type: 'mail.message_updated', data })
  }
  if (difference.isMoved && !difference.isDeleted) {
    const data = { ...message, from_folder_id: before.folderId, folder_id: after.folderId }
    events.push({ type: 'mail.message_moved', data })
  }
  if (after.isReturned) {
    events.push({ type: 'mail.message_snooze_ended', data: { ...message, folder_id: after.folderId } })
  }
  for (const copy of copies) {
    const data = { ...message, copy_id: copy.id, copy_account_id: copy.mailAccountId, folder_id: copy.folderId }
    events.push({ type: 'mail.message_copied', data })
  }
  return events
}
