/** Where a message lies, and how its owner sees it there. */
export type Place = {
  message_id: string
  mail_account_id: string
  /** Where the server has it. */
  folder_id: string
  shown_folder_id: string
  uidvalidity: number
  uid: number
  is_read: boolean
  is_starred: boolean
  keywords: readonly string[]
  /** Taken away from here for good; the server is still to be told. */
  is_deleted: boolean
}

/** How labels are kept for a message: as keywords, as Gmail's labels, or here alone. */
export type LabelKeeping = 'keywords' | 'folders' | 'local'

/** A message to be acted on, with all its places, which are locked. */
export type Subject = {
  id: string
  threadId: string
  mailAccountId: string
  /** The place that stands for it: in the folder from which its owner acts, else INBOX, else any but All Mail. */
  place: Place
  places: readonly Place[]
  labelKeeping: LabelKeeping
  keepsKeywords: boolean
  state: MessageState
}

/** What acts change of a message. */
export type MessageState = {
  isRead: boolean
  isStarred: boolean
  /** Where its owner sees it. */
  folderId: string
  keywords: readonly string[]
  labelIds: readonly string[]
  isPinned: boolean
  snoozedUntil: Date | null
  isDeleted: boolean
  /** It came back from a snooze just now, to the top of its folder. */
  isReturned: boolean
}

/** Members of `after` that differ from `before`; `labelIds` and `keywords` as what was added and removed. */
export type Difference = {
  isRead: boolean
  isStarred: boolean
  isMoved: boolean
  isPinned: boolean
  isSnoozed: boolean
  isDeleted: boolean
  keywords: SetChange
  labelIds: SetChange
  isAny: boolean
}

export type SetChange = { add: string[]; remove: string[] }

export function differenceOf(before: MessageState, after: MessageState): Difference {
  const changes = {
    isRead: before.isRead !== after.isRead,
    isStarred: before.isStarred !== after.isStarred,
    isMoved: before.folderId !== after.folderId,
    isPinned: before.isPinned !== after.isPinned,
    isSnoozed: before.snoozedUntil?.getTime() !== after.snoozedUntil?.getTime(),
    isDeleted: before.isDeleted !== after.isDeleted,
  }
  const keywords = setChange(before.keywords, after.keywords)
  const labelIds = setChange(before.labelIds, after.labelIds)
  const isAny = Object.values(changes).includes(true) || hasChange(keywords) || hasChange(labelIds)
  return { ...changes, keywords, labelIds, isAny }
}

export const hasChange = ({ add, remove }: SetChange): boolean => add.length + remove.length > 0

/** Keywords and system flags are the same in any case (RFC 3501 §2.3.2). */
function setChange(before: readonly string[], after: readonly string[]): SetChange {
  const [had, has] = [lowered(before), lowered(after)]
  return {
    add: after.filter((one) => !had.has(one.toLowerCase())),
    remove: before.filter((one) => !has.has(one.toLowerCase())),
  }
}

/** `set` with `change` made to it, sorted as everywhere. */
export function withSetChange(set: readonly string[], { add, remove }: SetChange): string[] {
  const gone = lowered(remove)
  const had = lowered(set)
  const kept = set.filter((one) => !gone.has(one.toLowerCase()))
  return [...kept, ...add.filter((one) => !had.has(one.toLowerCase()) || gone.has(one.toLowerCase()))].sort()
}

const lowered = (set: readonly string[]) => new Set(set.map((one) => one.toLowerCase()))
