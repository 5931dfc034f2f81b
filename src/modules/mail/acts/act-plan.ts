import { newId } from '#platform/ids.ts'
import type { ActFolder } from './act-folder-store.ts'
import { type Action, type Refusal, refusals } from './action.ts'
import type { MessageState, Subject } from './message-state.ts'
import { type SpecialRole, specialFolder } from './special-folders.ts'

/** A copy to be made of a message; with `isMove` the message itself leaves, once the copy is confirmed. */
export type PlannedCopy = { id: string; folderId: string; mailAccountId: string; isMove: boolean }

/** What a message is to become. */
export type Plan = { subject: Subject; after: MessageState; copies: PlannedCopy[] }

/** Which folders an action needs where its message has its account. */
export const neededRoles: Partial<Record<Action['kind'], SpecialRole>> = {
  archive: 'archive',
  trash: 'trash',
  junk: 'junk',
  not_junk: 'inbox',
  snooze: 'snoozed',
  unsnooze: 'inbox',
}

/** Registered keywords (RFC 9051 §2.3.2) by which servers learn what is junk. */
const junkKeywords = { junk: '$Junk', notJunk: '$NotJunk' }

/** What one message is to become by actions, one after the other; all or, when one is refused, nothing of them. */
export function planActions(
  subject: Subject,
  actions: readonly Action[],
  folders: readonly ActFolder[],
): Plan | { refusal: Refusal } {
  const plan: Plan = { subject, after: subject.state, copies: [] }
  for (const action of actions) {
    const refusal = step(plan, action, folders)
    if (refusal) return { refusal }
  }
  return plan
}

function step(plan: Plan, action: Action, folders: readonly ActFolder[]): Refusal | undefined {
  const { after } = plan
  switch (action.kind) {
    case 'read':
    case 'unread':
      plan.after = { ...after, isRead: action.kind === 'read' }
      return undefined
    case 'star':
    case 'unstar':
      plan.after = { ...after, isStarred: action.kind === 'star' }
      return undefined
    case 'pin':
    case 'unpin':
      plan.after = { ...after, isPinned: action.kind === 'pin' }
      return undefined
    case 'label':
      plan.after = { ...after, labelIds: [...new Set([...after.labelIds, ...action.labelIds])] }
      return undefined
    case 'unlabel':
      plan.after = { ...after, labelIds: after.labelIds.filter((id) => !action.labelIds.includes(id)) }
      return undefined
    case 'delete':
      return remove(plan, action.isPermanent ?? false, folders)
    default:
      return relocate(plan, action, folders)
  }
}

function relocate(
  plan: Plan,
  action: Extract<
    Action,
    { kind: 'move' | 'copy' | 'archive' | 'trash' | 'junk' | 'not_junk' | 'snooze' | 'unsnooze' }
  >,
  folders: readonly ActFolder[],
): Refusal | undefined {
  const { subject, after } = plan
  const special = (role: SpecialRole) => specialFolder(folders, subject.mailAccountId, role)
  const role = folders.find((folder) => folder.id === after.folderId)?.role
  switch (action.kind) {
    case 'move':
      return moveTo(plan, action.folderId, folders)
    case 'copy':
      copyTo(plan, action.folderId, folders)
      return undefined
    case 'archive':
    case 'trash':
      return into(plan, special(action.kind))
    case 'junk':
      plan.after = { ...after, keywords: marked(subject, junkKeywords.junk, junkKeywords.notJunk) }
      return into(plan, special('junk'))
    case 'not_junk':
      plan.after = { ...after, keywords: marked(subject, junkKeywords.notJunk, junkKeywords.junk) }
      return role === 'junk' ? into(plan, special('inbox')) : undefined
    case 'snooze':
      if (role === 'drafts' || role === 'trash' || role === 'junk') return refusals.notSnoozable
      return into(plan, special('snoozed'), { snoozedUntil: action.until })
    case 'unsnooze':
      if (role !== 'snoozed') plan.after = { ...after, snoozedUntil: null }
      return role === 'snoozed' ? into(plan, special('inbox'), { isReturned: true }) : undefined
  }
}

/** A message that its owner puts anywhere else is not snoozed any more. */
function into(plan: Plan, folder: ActFolder | undefined, change: Partial<MessageState> = {}): Refusal | undefined {
  if (!folder) return refusals.noSuchFolder
  plan.after = { ...plan.after, snoozedUntil: null, folderId: folder.id, ...change }
}

function moveTo(plan: Plan, folderId: string, folders: readonly ActFolder[]): Refusal | undefined {
  const folder = folders.find((one) => one.id === folderId)
  if (folder?.mail_account_id === plan.subject.mailAccountId) return into(plan, folder)
  plan.copies.push(copyInto(folderId, folders, true))
  plan.after = { ...plan.after, snoozedUntil: null, isDeleted: true }
}

/** On a server whose folders are labels, a copy in the same account is another place of the same message. */
function copyTo(plan: Plan, folderId: string, folders: readonly ActFolder[]): void {
  const { subject } = plan
  const copy = copyInto(folderId, folders, false)
  if (subject.labelKeeping !== 'folders' || copy.mailAccountId !== subject.mailAccountId) plan.copies.push(copy)
  else if (!subject.places.some((place) => place.shown_folder_id === folderId && !place.is_deleted)) {
    plan.copies.push({ ...copy, id: subject.id })
  }
}

const copyInto = (folderId: string, folders: readonly ActFolder[], isMove: boolean): PlannedCopy => ({
  ...{ id: newId(), folderId, isMove },
  mailAccountId: folders.find((one) => one.id === folderId)?.mail_account_id ?? '',
})

function remove(plan: Plan, isPermanent: boolean, folders: readonly ActFolder[]): Refusal | undefined {
  const role = folders.find((folder) => folder.id === plan.after.folderId)?.role
  const isBinned = role === 'trash' || role === 'junk'
  if (!isBinned && !isPermanent) return refusals.notInTrash
  // There, only what lies in Trash can be deleted; elsewhere it would lose a label.
  if (!isBinned && plan.subject.labelKeeping === 'folders') {
    const refusal = into(plan, specialFolder(folders, plan.subject.mailAccountId, 'trash'))
    if (refusal) return refusal
  }
  plan.after = { ...plan.after, snoozedUntil: null, isDeleted: true }
}

function marked({ keepsKeywords, state }: Subject, add: string, remove: string): readonly string[] {
  if (!keepsKeywords) return state.keywords
  const others = state.keywords.filter((word) => ![add, remove].some((one) => one.toLowerCase() === word.toLowerCase()))
  return [...others, add]
}
