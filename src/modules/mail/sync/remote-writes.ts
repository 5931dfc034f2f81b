import type { ImapFlow } from 'imapflow'
import { searchUids, selectMailbox } from '#integrations/imap/imap-mailbox.ts'
import {
  copyMessages,
  expungeMessages,
  findByMessageId,
  ImapRefusal,
  type MoveResult,
  moveMessages,
  storeFlags,
  storeLabels,
} from '#integrations/imap/imap-write.ts'
import { copyPlaceStore } from '../acts/copy-place-store.ts'
import { type RemoteOp, remoteOpStore } from '../changes/remote-op-store.ts'
import type { ConnectedAccount } from './account-context.ts'
import { type Folder, folderStore, isSynced } from './folder-store.ts'
import { pendingBodyStore } from './pending-body-store.ts'
import { vanishedStore } from './vanished-store.ts'
import type { PlannedWrite } from './write-plan.ts'
import { type WriteTarget, writeTargetStore } from './write-target-store.ts'

/** Writes that are alike, to messages of the selected folder. Answers folders about which the server left doubt. */
export function createRemoteWrites(account: ConnectedAccount, client: ImapFlow) {
  const { key, database, commit } = account
  const { ownerId } = key

  async function perform(writes: readonly PlannedWrite[]): Promise<string[]> {
    const [first] = writes
    if (!first) return []
    const { op } = first
    switch (op.kind) {
      case 'set_flags':
        await storeFlags(client, uidsOf(writes), op.change)
        await settle(writes)
        return []
      case 'set_labels':
        return setLabels(writes, op.change)
      case 'move':
        return move(writes, op.change.folder_id)
      case 'copy':
        return copy(writes, op.change.folder_id)
      case 'delete':
        return erase(writes)
      case 'append':
        throw new Error('A message from another account is not written to where it lies.')
    }
  }

  async function settle(writes: readonly PlannedWrite[]): Promise<void> {
    await commit((tx) => remoteOpStore.done(tx, ownerId, idsOf(writes)))
  }

  async function move(writes: readonly PlannedWrite[], folderId: string): Promise<string[]> {
    const destination = await destinationOf(folderId, 'move messages')
    const todo = writes.filter(({ target }) => target.folder_id !== folderId)
    const [first] = todo
    const isRepeat = first?.op.state === 'running'
    const isDone = first && isRepeat ? await wasMoved(first.target, destination) : false
    const result = first && !isDone ? await moveMessages(client, uidsOf(todo), destination.path) : undefined
    const relocations = todo.flatMap(({ target }) => {
      const uid = uidIn(destination, result, target)
      return uid === undefined ? [] : { target, folderId, uidvalidity: result?.uidValidity ?? 0, uid }
    })
    const found = new Set(relocations.map(({ target }) => target))
    const lost = todo.map(({ target }) => target).filter((target) => !found.has(target))
    await commit(async (tx) => {
      await writeTargetStore.relocate(tx, key, relocations)
      if (destination.sync === 'all') await pendingBodyStore.want(tx, key, messageIdsOf(todo))
      await writeTargetStore.markLost(tx, key, lost, isSynced(destination) ? folderId : null)
      if (account.isLabelled) await writeTargetStore.releaseOthers(tx, key, messageIdsOf(todo))
      await remoteOpStore.done(tx, ownerId, idsOf(writes))
    })
    return lost.length > 0 && isSynced(destination) ? [folderId] : []
  }

  /** After a crash: gone from its folder, or (without MOVE) copied already and only to be removed there. */
  async function wasMoved(target: WriteTarget, destination: Folder): Promise<boolean> {
    const isThere = (await searchUids(client, target.uid, target.uid + 1)).length > 0
    if (!isThere) return true
    if (client.capabilities.has('MOVE')) return false
    const copied = await findCopy(target, destination)
    if (copied !== undefined) await expungeMessages(client, [target.uid])
    return copied !== undefined
  }

  async function copy(writes: readonly PlannedWrite[], folderId: string): Promise<string[]> {
    const destination = await destinationOf(folderId, 'copy messages')
    const [first] = writes
    const isRepeat = first?.op.state === 'running'
    const copied = first && isRepeat ? await findCopy(first.target, destination) : undefined
    // What nobody can find again is not copied twice: the folder's own listing tells whether it is there.
    const isDone = copied !== undefined || (isRepeat && first?.target.message_id_header === null)
    const result = isDone ? undefined : await copyMessages(client, uidsOf(writes), destination.path)
    const places = writes.map(({ op, target }) => ({
      messageId: copyIdOf(op),
      folderId,
      uidvalidity: result?.uidValidity ?? 0,
      uid: uidIn(destination, result, target) ?? null,
    }))
    await commit(async (tx) => {
      await copyPlaceStore.settle(tx, ownerId, places)
      await remoteOpStore.done(tx, ownerId, idsOf(writes))
    })
    return places.some(({ uid }) => uid === null) && isSynced(destination) ? [folderId] : []
  }

  /** Where a message of the selected folder was copied to, if it was: by its Message-ID, among what is new there. */
  async function findCopy(target: WriteTarget, destination: Folder): Promise<number | undefined> {
    if (target.message_id_header === null) return undefined
    await selectMailbox(client, destination.path)
    const found = await findByMessageId(client, target.message_id_header, destination.uidnext ?? 1)
    await selectMailbox(client, target.path)
    return found
  }

  /** A UID is never given twice (RFC 3501 §2.3.1.1): to delete what is deleted does no harm. */
  async function erase(writes: readonly PlannedWrite[]): Promise<string[]> {
    await expungeMessages(client, uidsOf(writes))
    await commit(async (tx) => {
      await writeTargetStore.removeErased(tx, key, messageIdsOf(writes))
      await vanishedStore.removeHomeless(tx, key, messageIdsOf(writes))
      await remoteOpStore.done(tx, ownerId, idsOf(writes))
    })
    return []
  }

  /** The folders of the labels are synced next: there the messages get their places, or lose them. */
  async function setLabels(writes: readonly PlannedWrite[], change: { add: string[]; remove: string[] }) {
    await storeLabels(client, uidsOf(writes), change)
    await settle(writes)
    const names = new Set([...change.add, ...change.remove])
    return (await folderStore.list(database, key)).filter(({ path }) => names.has(path)).map(({ id }) => id)
  }

  async function destinationOf(folderId: string, what: string): Promise<Folder> {
    const destination = (await folderStore.list(database, key)).find((folder) => folder.id === folderId)
    if (destination?.isSelectable && destination.isOnServer) return destination
    throw new ImapRefusal(`${what} into a folder that is gone`)
  }

  return { perform }
}

/** In a folder that is left out nothing is kept. */
const uidIn = (destination: Folder, result: MoveResult, target: WriteTarget): number | undefined =>
  isSynced(destination) ? result?.uids.get(target.uid) : undefined

const copyIdOf = (op: RemoteOp): string => (op.kind === 'copy' ? op.change.copy_id : '')
const idsOf = (writes: readonly PlannedWrite[]) => writes.map(({ op }) => op.id)
const messageIdsOf = (writes: readonly PlannedWrite[]) => writes.map(({ op }) => op.message_id)
const uidsOf = (writes: readonly PlannedWrite[]) => writes.map(({ target }) => target.uid).sort((a, b) => a - b)
