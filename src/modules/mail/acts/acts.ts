import type { Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { remoteOpStore } from '../changes/remote-op-store.ts'
import type { MailEvent } from '../events.ts'
import { labelStore } from '../labels/label-store.ts'
import type { Wake } from '../wake.ts'
import { type Change, changeOf, eventsOf, type Labels } from './act-difference.ts'
import { type ActFolder, actFolderStore } from './act-folder-store.ts'
import { neededRoles, type Plan, planActions } from './act-plan.ts'
import { actStore, type StoredAct } from './act-store.ts'
import { opsByMessage, writeChanges } from './act-writing.ts'
import { type Action, type Refusal, refusals } from './action.ts'
import { withLabelFolders, withSpecialFolders } from './special-folders.ts'
import type { SubjectRow } from './subject-store.ts'
import { lockSubjects, subjectsOf } from './subjects.ts'

/** What became of an act for one message. `copyIds`: the messages that its copies are. */
export type Outcome =
  | { status: 'done'; copyIds: string[] }
  | { status: 'unchanged' }
  | { status: 'failed'; refusal: Refusal }

export type Performed = {
  /** Undefined when it cannot be taken back, or nothing changed. */
  act: StoredAct | undefined
  outcomes: Map<string, Outcome>
  /** To be appended last. */
  events: MailEvent[]
}

export type Performance = {
  messageIds: readonly string[]
  actions: readonly Action[]
  /** The folder from which its owner acts: of a message that lies in several, the place there is meant. */
  inFolderId?: string | undefined
  /** As what it can be taken back, or with which act; undefined for what cannot. */
  undoableAs?: string | StoredAct | undefined
  /** Labels that actions name, where they are known already. */
  labels?: Labels
}

/**
 * Does actions to messages within `tx`: shows what they make of them, and queues what is to be written to servers.
 * @throws AppError `not_found` for a folder or label of somebody else, `mail.folder_not_selectable`.
 */
export async function performActs(tx: Tx, ownerId: string, wake: Wake, acting: Performance): Promise<Performed> {
  const { messageIds, actions, inFolderId } = acting
  const locked = await lockSubjects(tx, ownerId, messageIds)
  const targets = actions.flatMap((action) => ('folderId' in action ? action.folderId : []))
  const accounts = new Set([
    ...locked.rows.map((row) => row.mail_account_id),
    ...(await actFolderStore.accountsOf(tx, ownerId, targets)),
  ])
  const roles = new Set(actions.flatMap((action) => neededRoles[action.kind] ?? []))
  const { folders, events } = await withSpecialFolders(tx, ownerId, [...accounts].sort(), [...roles])
  await requireTargets(tx, ownerId, targets, folders)
  const labels = acting.labels ?? (await labelsOf(tx, ownerId, actions))
  const made = await withLabelFolders(tx, ownerId, {
    folders,
    accounts: labelledAccounts(locked.rows, actions),
    labels,
  })
  const subjects = subjectsOf(locked, made.folders, inFolderId)
  const planned = messageIds.map((id) => {
    const subject = subjects.get(id)
    if (!subject || subject.state.isDeleted) return { id, plan: { refusal: refusals.notFound } }
    return { id, plan: planActions(subject, actions, made.folders) }
  })
  const { undoableAs } = acting
  const settled = await settlePlans(tx, ownerId, wake, { planned, labels, folders: made.folders, undoableAs })
  return { ...settled, events: [...events, ...made.events, ...settled.events] }
}

/** Accounts whose server keeps labels as folders, when labels are given. */
const labelledAccounts = (rows: readonly SubjectRow[], actions: readonly Action[]): string[] =>
  actions.some((action) => action.kind === 'label')
    ? [...new Set(rows.filter((row) => row.is_labelled).map((row) => row.mail_account_id))].sort()
    : []

export type PlannedMessage = { id: string; plan: Plan | { refusal: Refusal } }

/** Writes what was planned, as one act. */
export async function settlePlans(
  tx: Tx,
  ownerId: string,
  wake: Wake,
  {
    planned,
    labels,
    folders,
    undoableAs,
  }: {
    planned: readonly PlannedMessage[]
    labels: Labels
    folders: readonly ActFolder[]
    undoableAs: string | StoredAct | undefined
  },
): Promise<Performed> {
  const outcomes = new Map<string, Outcome>()
  const changes: Change[] = []
  for (const { id, plan } of planned) {
    const change = 'refusal' in plan ? undefined : changeOf(plan)
    if (change) changes.push(change)
    outcomes.set(id, outcomeOf(plan, change))
  }
  if (changes.length === 0) return { act: undefined, outcomes, events: [] }
  const act = await recordAct(tx, ownerId, undoableAs, changes.length)
  const ids = changes.map(({ subject }) => subject.id)
  const open = opsByMessage(await remoteOpStore.lockOpenOf(tx, ownerId, ids))
  await writeChanges(tx, ownerId, wake, { changes, labels, folders, act, open, now: new Date() })
  return { act, outcomes, events: changes.flatMap(eventsOf) }
}

async function recordAct(tx: Tx, ownerId: string, kind: string | StoredAct | undefined, messageCount: number) {
  if (kind === undefined) return undefined
  if (typeof kind !== 'string') {
    await actStore.addToCount(tx, ownerId, kind.id, messageCount)
    return kind
  }
  const seconds = await actStore.undoSeconds(tx, ownerId)
  return seconds === 0 ? undefined : actStore.insert(tx, ownerId, { kind, messageCount, seconds })
}

function outcomeOf(plan: PlannedMessage['plan'], change: Change | undefined): Outcome {
  if ('refusal' in plan) return { status: 'failed', refusal: plan.refusal }
  return change ? { status: 'done', copyIds: change.copies.map((copy) => copy.id) } : { status: 'unchanged' }
}

/** Folders into which messages go: there, able to hold some, and not deleted before `tx` ends. */
async function requireTargets(tx: Tx, ownerId: string, folderIds: readonly string[], folders: readonly ActFolder[]) {
  if (folderIds.length === 0) return
  const locked = await actFolderStore.lock(tx, ownerId, folderIds)
  for (const id of folderIds) {
    const folder = folders.find((one) => one.id === id)
    if (!folder || !locked.has(id)) throw notFound('folder')
    if (folder.is_selectable && folder.role !== 'snoozed') continue
    throw new AppError(
      'unprocessable',
      'mail.folder_not_selectable',
      'No messages can be put into that folder; choose another one.',
    )
  }
}

async function labelsOf(tx: Tx, ownerId: string, actions: readonly Action[]): Promise<Labels> {
  const ids = [...new Set(actions.flatMap((action) => ('labelIds' in action ? action.labelIds : [])))]
  if (ids.length === 0) return new Map()
  const labels = new Map((await labelStore.find(tx, ownerId, ids)).map((label) => [label.id, label]))
  if (ids.some((id) => !labels.has(id))) throw notFound('label')
  return labels
}
