import type { ImapFlow } from 'imapflow'
import { fetchFlags } from '#integrations/imap/imap-fetch.ts'
import { searchUids, selectMailbox, uidSet } from '#integrations/imap/imap-mailbox.ts'
import {
  expungeMessages,
  findByMessageId,
  ImapRefusal,
  moveMessages,
  storeFlags,
} from '#integrations/imap/imap-write.ts'
import { type RemoteOp, remoteOpStore } from '../changes/remote-op-store.ts'
import type { MailEvent } from '../events.ts'
import { type AccountContext, announce } from './account-context.ts'
import { applyFlags } from './flag-apply.ts'
import { type Folder, folderStore, isSynced } from './folder-store.ts'
import { openOps } from './open-op-store.ts'
import { pendingBodyStore } from './pending-body-store.ts'
import { type PlannedWrite, planWrites, splitUnwritable, type WriteGroup } from './write-plan.ts'
import { type WriteTarget, writeTargetStore } from './write-target-store.ts'

const pageSize = 500
/** A NO may be a passing one (INUSE, LIMIT): it is final the third time. */
const maxAttempts = 3

/**
 * Writes to the server what the owner changed, in order, over the account's own connection. `running` is recorded
 * before a command is sent: what a crash left so is looked at first. STORE may be said twice; a move may not.
 */
export function createRemoteOps(account: AccountContext, client: ImapFlow) {
  const { key, database, commit } = account
  const { ownerId, mailAccountId } = key

  /** Answers folders that have to be synced now, because the server did not say where it put a message. */
  async function run(): Promise<Set<string>> {
    const unsure = new Set<string>()
    for (;;) {
      const due = await remoteOpStore.listDue(database, ownerId, mailAccountId, pageSize)
      if (due.length === 0) return unsure
      const ids = due.map((op) => op.message_id)
      const targets = await writeTargetStore.list(database, key, due)
      const { homeless, away } = splitUnwritable(due, targets)
      if (homeless.length > 0) await commit((tx) => remoteOpStore.done(tx, ownerId, homeless))
      if (away.length > 0) await postpone(away, account.timings.minBackoffMs / 1000, 'The message is not where it was.')
      const open = await openOps(database, key, ids)
      const groups = planWrites(due, open, targets)
      // Those that wait behind a postponed one of the same message are looked at again when that is due.
      if (groups.length === 0 && homeless.length + away.length === 0) return unsure
      for (const group of groups) for (const folderId of await execute(group)) unsure.add(folderId)
    }
  }

  async function execute(group: WriteGroup): Promise<string[]> {
    const begun = await begin(group)
    const [first] = begun
    if (!first) return []
    try {
      const snapshot = await selectMailbox(client, group.path)
      if (snapshot.uidValidity !== group.uidvalidity) throw new ImapRefusal('find the messages again')
      if (first.op.kind === 'move') return await move(begun, first.op.change.folder_id)
      await setFlags(begun, first.op.change)
      return []
    } catch (error) {
      const isRefusal = error instanceof ImapRefusal || (error as { responseStatus?: string }).responseStatus === 'NO'
      if (!isRefusal || !client.usable) throw error
      await refuse(begun, (error as Error).message)
      return []
    }
  }

  /** The change is read again once it is marked: until then its owner may still have altered it. */
  async function begin({ writes }: WriteGroup): Promise<PlannedWrite[]> {
    return commit(async (tx) => {
      const marked = new Set(
        await remoteOpStore.markRunning(
          tx,
          ownerId,
          writes.map(({ op }) => op.id),
        ),
      )
      const open = await openOps(
        tx,
        key,
        writes.map(({ op }) => op.message_id),
      )
      const begun = writes.flatMap(({ op, target }): PlannedWrite[] => {
        const current = open.find((one) => one.id === op.id)
        // The state before: a `running` one was begun by somebody who died over it.
        return current && marked.has(op.id) ? [{ target, op: { ...current, state: op.state } }] : []
      })
      const altered = begun.filter(({ op }) => !isAlike(op, begun[0]?.op))
      await remoteOpStore.postpone(tx, ownerId, idsOf(altered), { seconds: 0, error: '' })
      return begun.filter((write) => !altered.includes(write))
    })
  }

  async function setFlags(writes: PlannedWrite[], change: { add: string[]; remove: string[] }): Promise<void> {
    await storeFlags(client, uidsOf(writes), change)
    await commit((tx) => remoteOpStore.done(tx, ownerId, idsOf(writes)))
  }

  async function move(writes: PlannedWrite[], folderId: string): Promise<string[]> {
    const destination = (await folderStore.list(database, key)).find((folder) => folder.id === folderId)
    if (!destination?.isSelectable || !destination.isOnServer)
      throw new ImapRefusal('move messages into a folder that is gone')
    const todo = writes.filter(({ target }) => target.folder_id !== folderId)
    const [first] = todo
    const isRepeat = first?.op.state === 'running'
    const isDone = first && isRepeat ? await wasMoved(first.target, destination) : false
    const result = first && !isDone ? await moveMessages(client, uidsOf(todo), destination.path) : undefined
    const relocations = todo.flatMap(({ target }) => {
      // In a folder that is left out nothing is kept.
      const uid = isSynced(destination) ? result?.uids.get(target.uid) : undefined
      return uid === undefined ? [] : { target, folderId, uidvalidity: result?.uidValidity ?? 0, uid }
    })
    const found = new Set(relocations.map(({ target }) => target))
    const lost = todo.map(({ target }) => target).filter((target) => !found.has(target))
    await commit(async (tx) => {
      await writeTargetStore.relocate(tx, key, relocations)
      if (destination.sync === 'all') await pendingBodyStore.want(tx, key, messageIdsOf(todo))
      await writeTargetStore.markGone(tx, key, lost)
      await remoteOpStore.done(tx, ownerId, idsOf(writes))
    })
    return lost.length > 0 && isSynced(destination) ? [folderId] : []
  }

  /** After a crash: gone from its folder, or (without MOVE) copied already and only to be removed there. */
  async function wasMoved(target: WriteTarget, destination: Folder): Promise<boolean> {
    const isThere = (await searchUids(client, target.uid, target.uid + 1)).length > 0
    if (!isThere) return true
    if (client.capabilities.has('MOVE') || target.message_id_header === null) return false
    await selectMailbox(client, destination.path)
    const copy = await findByMessageId(client, target.message_id_header, destination.uidnext ?? 1)
    await selectMailbox(client, target.path)
    if (copy !== undefined) await expungeMessages(client, [target.uid])
    return copy !== undefined
  }

  async function postpone(ids: string[], seconds: number, error: string): Promise<void> {
    await commit((tx) => remoteOpStore.postpone(tx, ownerId, ids, { seconds, error }))
  }

  /** Groups are told apart first: alone, each is refused for its own reason. At last the owner sees the truth again. */
  async function refuse(writes: PlannedWrite[], reason: string): Promise<void> {
    const { minBackoffMs } = account.timings
    const isFinal = writes.length === 1 && writes.every(({ op }) => op.attempts >= maxAttempts)
    if (!isFinal) return postpone(idsOf(writes), writes.length === 1 ? minBackoffMs / 1000 : 0, reason)
    const targets = writes.map(({ target }) => target)
    const flags = await currentFlags(targets)
    await commit(async (tx) => {
      const moved = await writeTargetStore.showWhereTheyLie(tx, key, targets)
      await remoteOpStore.fail(tx, ownerId, idsOf(writes), reason)
      const events: MailEvent[] = moved.map((row) => ({
        type: 'mail.message_moved',
        data: {
          mail_account_id: mailAccountId,
          message_id: row.message_id,
          from_folder_id: row.shown_folder_id,
          folder_id: row.folder_id,
        },
      }))
      for (const { folder, rows } of flags) events.push(...(await applyFlags(tx, key, folder, rows)).events)
      for (const { message_id } of targets) {
        events.push({
          type: 'mail.message_change_refused',
          data: { mail_account_id: mailAccountId, message_id, reason },
        })
      }
      await announce(account, tx, events)
    })
  }

  async function currentFlags(targets: readonly WriteTarget[]) {
    const folders = await folderStore.list(database, key)
    const answers = []
    for (const target of targets) {
      const folder = folders.find((one) => one.id === target.folder_id && one.uidvalidity === target.uidvalidity)
      const snapshot = folder && (await selectMailbox(client, folder.path).catch(() => undefined))
      if (!folder || snapshot?.uidValidity !== target.uidvalidity) continue
      for await (const rows of fetchFlags(client, uidSet([target.uid]))) answers.push({ folder, rows })
    }
    return answers
  }

  return { run }
}

const idsOf = (writes: readonly PlannedWrite[]) => writes.map(({ op }) => op.id)
const messageIdsOf = (writes: readonly PlannedWrite[]) => writes.map(({ op }) => op.message_id)
const uidsOf = (writes: readonly PlannedWrite[]) => writes.map(({ target }) => target.uid).sort((a, b) => a - b)

const isAlike = (op: RemoteOp, other: RemoteOp | undefined) =>
  op.kind === other?.kind && JSON.stringify(op.change) === JSON.stringify(other.change)
