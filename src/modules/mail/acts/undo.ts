import type { Tx } from '#platform/database/database.ts'
import { type RemoteOp, remoteOpStore } from '../changes/remote-op-store.ts'
import type { MailEvent } from '../events.ts'
import { labelStore } from '../labels/label-store.ts'
import type { Wake } from '../wake.ts'
import { type ActFolder, actFolderStore } from './act-folder-store.ts'
import { type Plan, planActions } from './act-plan.ts'
import type { ActItem, Inverse } from './act-store.ts'
import { opsByMessage } from './act-writing.ts'
import { type Refusal, refusals } from './action.ts'
import { type Outcome, type PlannedMessage, settlePlans } from './acts.ts'
import { copyStore } from './copy-store.ts'
import { type MessageState, type Subject, withSetChange } from './message-state.ts'
import { lockSubjects, subjectsOf } from './subjects.ts'

export type Undone = { outcomes: Map<string, Outcome>; events: MailEvent[] }

/** Takes back what an act did to messages: those that have been moved since stay where they are. */
export async function undoItems(tx: Tx, ownerId: string, wake: Wake, items: readonly ActItem[]): Promise<Undone> {
  const locked = await lockSubjects(tx, ownerId, messageIdsOf(items))
  const folders = await actFolderStore.list(tx, ownerId, accountsOf(locked.rows))
  const subjects = subjectsOf(locked, folders)
  const open = opsByMessage(await remoteOpStore.lockOpenOf(tx, ownerId, messageIdsOf(items)))
  const planned = items.map(({ message_id: id, inverse }): PlannedMessage => {
    const subject = subjects.get(id)
    if (!subject) return { id, plan: { refusal: refusals.tooLate } }
    return { id, plan: planInverse(subject, inverse, { folders, open: open.get(id) ?? [] }) }
  })
  const labelIds = [
    ...new Set(
      items.flatMap(({ inverse: { label_ids } }) => [...(label_ids?.add ?? []), ...(label_ids?.remove ?? [])]),
    ),
  ]
  const labels = new Map((await labelStore.find(tx, ownerId, labelIds)).map((label) => [label.id, label]))
  const { outcomes, events } = await settlePlans(tx, ownerId, wake, { planned, labels, folders, undoableAs: undefined })
  const copies = await removeCopies(tx, ownerId, wake, items)
  const kept = await removeOwnPlaces(tx, ownerId, items)
  for (const { message_id, inverse } of items) {
    if (!inverse.copies || outcomes.get(message_id)?.status === 'failed') continue
    const isKept = kept.has(message_id)
    outcomes.set(message_id, isKept ? { status: 'failed', refusal: refusals.tooLate } : { status: 'done', copyIds: [] })
  }
  return { outcomes, events: [...events, ...copies] }
}

const messageIdsOf = (items: readonly ActItem[]) => items.map((item) => item.message_id)
const accountsOf = (rows: readonly { mail_account_id: string }[]) => [
  ...new Set(rows.map((row) => row.mail_account_id)),
]

function planInverse(
  subject: Subject,
  inverse: Inverse,
  { folders, open }: { folders: readonly ActFolder[]; open: readonly RemoteOp[] },
): Plan | { refusal: Refusal } {
  if (open.some((op) => op.kind === 'delete' && op.state === 'running')) return { refusal: refusals.tooLate }
  const { state } = subject
  const isWhereItWasLeft = inverse.seen_in === state.folderId
  const isFolderThere = folders.some((folder) => folder.id === inverse.folder_id)
  if (inverse.folder_id !== undefined && isWhereItWasLeft && !isFolderThere) return { refusal: refusals.tooLate }
  const isMovedSince = inverse.seen_in !== undefined && !isWhereItWasLeft
  const after: MessageState = {
    ...state,
    isRead: inverse.is_read ?? state.isRead,
    isStarred: inverse.is_starred ?? state.isStarred,
    isPinned: inverse.is_pinned ?? state.isPinned,
    isDeleted: inverse.is_deleted ?? state.isDeleted,
    keywords: inverse.keywords ? withSetChange(state.keywords, inverse.keywords) : state.keywords,
    labelIds: inverse.label_ids ? withSetChange(state.labelIds, inverse.label_ids) : state.labelIds,
    ...(inverse.folder_id !== undefined && !isMovedSince && { folderId: inverse.folder_id }),
    ...(inverse.snoozed_until !== undefined && !isMovedSince && { snoozedUntil: dateOf(inverse.snoozed_until) }),
  }
  return { subject, after, copies: [] }
}

const dateOf = (time: string | null): Date | null => (time === null ? null : new Date(time))

/** Copies that the server was not told of are forgotten; others are deleted as soon as it has them. */
async function removeCopies(tx: Tx, ownerId: string, wake: Wake, items: readonly ActItem[]): Promise<MailEvent[]> {
  const copyIds = items.flatMap(({ message_id, inverse }) =>
    (inverse.copies ?? []).map((copy) => copy.id).filter((id) => id !== message_id),
  )
  if (copyIds.length === 0) return []
  const locked = await lockSubjects(tx, ownerId, copyIds)
  const subjects = subjectsOf(locked, await actFolderStore.list(tx, ownerId, accountsOf(locked.rows)))
  const ops = await remoteOpStore.lockOpenOf(tx, ownerId, [...messageIdsOf(items), ...copyIds])
  const making = ops.filter((op) => copyIds.includes(copyIdOf(op) ?? ''))
  const untold = making.filter((op) => op.state === 'pending')
  const forgotten = untold.flatMap((op) => copyIdOf(op) ?? [])
  await remoteOpStore.done(
    tx,
    ownerId,
    untold.map((op) => op.id),
  )
  await copyStore.forget(tx, ownerId, forgotten)
  await remoteOpStore.rewrite(tx, ownerId, making.filter((op) => op.state === 'running').flatMap(withoutErasing))
  const planned = copyIds
    .filter((id) => !forgotten.includes(id))
    .map((id): PlannedMessage => {
      const subject = subjects.get(id)
      const remove = [{ kind: 'delete', isPermanent: true }] as const
      return { id, plan: subject ? planActions(subject, remove, []) : { refusal: refusals.tooLate } }
    })
  const { events } = await settlePlans(tx, ownerId, wake, {
    planned,
    labels: new Map(),
    folders: [],
    undoableAs: undefined,
  })
  return [...events, ...forgotten.flatMap((id) => deletedEvent(subjects.get(id)))]
}

/** Where folders are labels a copy is another place of the message. Answers those that the server has been told of. */
async function removeOwnPlaces(tx: Tx, ownerId: string, items: readonly ActItem[]): Promise<Set<string>> {
  const own = items.flatMap(({ message_id, inverse }) => (inverse.copies ?? []).filter(({ id }) => id === message_id))
  if (own.length === 0) return new Set()
  const ids = own.map((copy) => copy.id)
  const untold = (await remoteOpStore.lockOpenOf(tx, ownerId, ids)).filter(
    (op) => op.kind === 'copy' && op.state === 'pending' && copyIdOf(op) === op.message_id,
  )
  await remoteOpStore.done(
    tx,
    ownerId,
    untold.map((op) => op.id),
  )
  const places = untold.flatMap((op) => (op.kind === 'copy' ? op.change : []))
  await copyStore.forgetPlaces(tx, ownerId, places)
  return new Set(ids.filter((id) => !places.some((place) => place.copy_id === id)))
}

function copyIdOf(op: RemoteOp): string | undefined {
  if (op.kind === 'copy') return op.change.copy_id
  return op.kind === 'append' ? op.message_id : undefined
}

/** The original of a message that is just being appended elsewhere stays. */
const withoutErasing = (op: RemoteOp) =>
  op.kind === 'append' ? [{ id: op.id, change: { ...op.change, is_move: false } }] : []

const deletedEvent = (subject: Subject | undefined): MailEvent[] =>
  subject
    ? [
        {
          type: 'mail.message_deleted',
          data: {
            mail_account_id: subject.mailAccountId,
            message_id: subject.id,
            folder_id: subject.state.folderId,
          },
        },
      ]
    : []
