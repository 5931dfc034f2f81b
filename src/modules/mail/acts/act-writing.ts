import { onCommit, type Tx } from '#platform/database/database.ts'
import { mergeOps, type OpEdits, type Wanted } from '../changes/remote-op-merging.ts'
import { type NewRemoteOp, type RemoteOp, remoteOpStore } from '../changes/remote-op-store.ts'
import { enqueueSnoozes } from '../snooze/snooze-wakeups.ts'
import type { Wake } from '../wake.ts'
import { type Change, flagsOf, inverseOf, type Labels, messageOf, placesOf } from './act-difference.ts'
import type { ActFolder } from './act-folder-store.ts'
import { actStore, type StoredAct } from './act-store.ts'
import { copyStore, type NewCopy } from './copy-store.ts'
import { labelFoldersOf, newLabelPlaces } from './label-places.ts'
import { type LocalLabel, placeStore } from './place-store.ts'

export type Writing = {
  changes: readonly Change[]
  labels: Labels
  folders: readonly ActFolder[]
  /** The act under which it can be taken back; a deletion for good waits until it cannot be any more. */
  act: StoredAct | undefined
  /** What is still to be written of these messages, by message. */
  open: ReadonlyMap<string, readonly RemoteOp[]>
  now: Date
}

/** Shows changes to their owner and queues them for the server: a handful of statements, however many messages. */
export async function writeChanges(tx: Tx, ownerId: string, wake: Wake, writing: Writing): Promise<void> {
  const { changes, labels, folders, act, open, now } = writing
  await placeStore.write(
    tx,
    ownerId,
    changes.flatMap((change) => placesOf(change, { labels, folders, now })),
  )
  await placeStore.writeMessages(
    tx,
    ownerId,
    changes.flatMap((change) => messageOf(change, now) ?? []),
  )
  await writeLocalLabels(tx, ownerId, changes)
  const copies = changes.flatMap(copiesOf)
  await copyStore.insertMessages(tx, ownerId, copies)
  const ofLabels = new Map(changes.map((change) => [change, labelFoldersOf(change, labels, folders)]))
  const labelled = [...ofLabels].flatMap(([{ subject }, { add }]) => newLabelPlaces(subject, add))
  await copyStore.insertPlaces(tx, ownerId, [...copies, ...labelled])
  await placeStore.removeProvisional(
    tx,
    ownerId,
    [...ofLabels].flatMap(([{ subject }, { remove }]) =>
      remove.map((folder) => ({ messageId: subject.id, folderId: folder.id })),
    ),
  )
  await writeOps(tx, ownerId, [
    ...changes.map((change) => editsOf(change, { labels, folders, act, open: open.get(change.subject.id) ?? [] })),
    { rewrite: [], remove: [], insert: changes.flatMap((change) => appendsOf(change, act, now)) },
  ])
  if (act) {
    const items = changes.map((change) => ({ message_id: change.subject.id, inverse: inverseOf(change) }))
    await actStore.insertItems(tx, ownerId, act.id, items)
  }
  await enqueueSnoozes(tx, ownerId, changes.flatMap(snoozedUntil))
  const accounts = new Set([...changes.map(({ subject }) => subject), ...copies].map((one) => one.mailAccountId))
  onCommit(tx, () => {
    for (const mailAccountId of accounts) wake.account(mailAccountId, 'changes')
  })
}

const snoozedUntil = ({ after, difference }: Change): Date[] =>
  difference.isSnoozed && after.snoozedUntil ? [after.snoozedUntil] : []

async function writeLocalLabels(tx: Tx, ownerId: string, changes: readonly Change[]): Promise<void> {
  const local = changes.filter(({ subject }) => subject.labelKeeping === 'local')
  const labelsOf = (which: 'add' | 'remove'): LocalLabel[] =>
    local.flatMap(({ subject, difference }) =>
      difference.labelIds[which].map((labelId) => ({ messageId: subject.id, labelId })),
    )
  await placeStore.addLocalLabels(tx, ownerId, labelsOf('add'))
  await placeStore.removeLocalLabels(tx, ownerId, labelsOf('remove'))
}

const copiesOf = ({ subject, copies }: Change): NewCopy[] => copies.map((copy) => ({ ...copy, sourceId: subject.id }))

/** Folders of accounts to whose servers a message is copied from another one. */
function appendsOf({ subject, copies }: Change, act: StoredAct | undefined, now: Date): NewRemoteOp[] {
  return copies
    .filter((copy) => copy.mailAccountId !== subject.mailAccountId)
    .map(({ id, mailAccountId, folderId, isMove }) => ({
      ...{ kind: 'append', mailAccountId, messageId: id },
      change: {
        ...{ folder_id: folderId, source_message_id: subject.id, source_account_id: subject.mailAccountId },
        ...{ is_move: isMove, erase_at: (act?.expires_at ?? now).toISOString() },
      },
    }))
}

function editsOf(
  change: Change,
  {
    labels,
    folders,
    act,
    open,
  }: { labels: Labels; folders: readonly ActFolder[]; act: StoredAct | undefined; open: readonly RemoteOp[] },
): OpEdits {
  const { subject, after, difference, copies } = change
  const message = {
    messageId: subject.id,
    mailAccountId: subject.mailAccountId,
    serverFolderId: subject.place.folder_id,
  }
  const isTransfer = copies.some((copy) => copy.isMove)
  const here = copies.filter((copy) => copy.mailAccountId === subject.mailAccountId)
  const wanted: Wanted = {
    flags: flagsOf(change, labels),
    labels: labelNames(labelFoldersOf(change, labels, folders)),
    ...(difference.isMoved && !isShownHereOnly(change) && { folderId: after.folderId }),
    copies: here.map(({ id, folderId }) => ({ folder_id: folderId, copy_id: id })),
    ...(difference.isDeleted && !isTransfer && { isDeleted: after.isDeleted }),
    ...(act && { eraseAt: act.expires_at }),
  }
  return mergeOps(message, wanted, open)
}

const labelNames = ({ add, remove }: ReturnType<typeof labelFoldersOf>) => ({
  add: add.map((folder) => folder.path),
  remove: remove.map((folder) => folder.path),
})

/** What is snoozed stays on the server where it is. */
const isShownHereOnly = ({ after }: Change): boolean => after.snoozedUntil !== null

export async function writeOps(tx: Tx, ownerId: string, edits: readonly OpEdits[]): Promise<void> {
  await remoteOpStore.rewrite(
    tx,
    ownerId,
    edits.flatMap((one) => one.rewrite),
  )
  await remoteOpStore.done(
    tx,
    ownerId,
    edits.flatMap((one) => one.remove),
  )
  await remoteOpStore.insert(
    tx,
    ownerId,
    edits.flatMap((one) => one.insert),
  )
}

export const opsByMessage = (ops: readonly RemoteOp[]): Map<string, RemoteOp[]> =>
  Map.groupBy(ops, (op) => op.message_id)
