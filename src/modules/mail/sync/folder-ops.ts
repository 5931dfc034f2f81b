import type { ImapFlow } from 'imapflow'
import {
  createFolder,
  deleteFolder,
  FolderRefusal,
  hasFolder,
  renameFolder,
  setSubscription,
} from '#integrations/imap/imap-folder-write.ts'
import type { Tx } from '#platform/database/database.ts'
import type { MailEvent } from '../events.ts'
import { type FolderOp, type FolderTarget, folderOpStore } from '../folders/folder-op-store.ts'
import { nameOf, targetPath } from '../folders/folder-paths.ts'
import { shownFolderStore } from '../folders/shown-folder-store.ts'
import { type AccountContext, announce } from './account-context.ts'
import { folderOpApplyStore as applyStore } from './folder-op-apply-store.ts'
import { type Folder, folderStore } from './folder-store.ts'

/** A NO without a reason may be a passing one: it is final the third time. */
const maxAttempts = 3

type FolderEventType = 'mail.folder_created' | 'mail.folder_updated' | 'mail.folder_deleted'

/**
 * Does to the server's folders what the owner did, one by one and in order, over the account's own connection.
 * `running` is recorded before a command is sent: what a crash left so is compared with what the server lists.
 */
export function createFolderOps(account: AccountContext, client: ImapFlow) {
  const { key, database, commit } = account

  /** True when folders are not what they were. What was begun before it stops it: later ones may stand on it. */
  async function run(): Promise<boolean> {
    for (let hasChanged = false; ; hasChanged = true) {
      const op = await folderOpStore.next(database, key)
      if (!op?.is_due) return hasChanged
      // Messages that were moved out of it are written first: deleted with it, they would be lost.
      if (op.kind === 'delete' && (await folderOpStore.isStillLeft(database, key, op.folder_id))) return hasChanged
      await execute(op)
    }
  }

  async function execute(op: FolderOp): Promise<void> {
    const folders = await folderStore.list(database, key)
    const folder = folders.find((one) => one.id === op.folder_id)
    if (!folder) return commit(async (tx) => void (await folderOpStore.done(tx, key, op.id)))
    await commit((tx) => folderOpStore.markRunning(tx, key, op.id))
    try {
      const apply = await perform(op, folder, folders)
      await settle(op, apply)
    } catch (error) {
      if (!(error instanceof FolderRefusal)) throw error
      await refuse(op, error)
    }
  }

  /** Has the server do it; answers what the rows are then to be, and what there is to tell. */
  async function perform(op: FolderOp, folder: Folder, folders: readonly Folder[]): Promise<Applied> {
    if (op.kind === 'create') return create(folder, folders, pathFor(op.change, folder, folders))
    if (op.kind === 'rename') return rename(op.state === 'running', folder, pathFor(op.change, folder, folders))
    if (op.kind === 'delete') {
      if (folder.isOnServer) await deleteFolder(client, folder.path)
      return (tx) => folderStore.remove(tx, key, folder.id)
    }
    const { is_subscribed } = op.change
    await setSubscription(client, folder.path, is_subscribed)
    return (tx) => applyStore.setSubscribed(tx, key, folder.id, is_subscribed)
  }

  /** One that was there before, and that nobody knew of, is what was asked for; so is one that a crash left. */
  async function create(folder: Folder, folders: readonly Folder[], path: string): Promise<Applied> {
    const made = await createFolder(client, path)
    if (folders.some((one) => one.path === made && one.id !== folder.id)) {
      throw new FolderRefusal('make the folder, because there is one of that name', { isFinal: true })
    }
    const place = { path: made, name: nameOf(made, folder.delimiter) }
    return (tx) => applyStore.setCreated(tx, key, folder.id, place)
  }

  async function rename(isRepeat: boolean, folder: Folder, path: string): Promise<Applied> {
    const { path: from, delimiter } = folder
    const isDone = from === path || (isRepeat && !(await hasFolder(client, from)) && (await hasFolder(client, path)))
    const to = isDone ? path : await renameFolder(client, from, path)
    return (tx) => applyStore.rename(tx, key, { from, to, name: nameOf(to, delimiter), delimiter })
  }

  async function settle(op: FolderOp, apply: Applied): Promise<void> {
    await commit(async (tx) => {
      const before = await shownPathOf(tx, op.folder_id)
      await apply(tx)
      await folderOpStore.done(tx, key, op.id)
      await shownFolderStore.settle(tx, key)
      const after = await shownPathOf(tx, op.folder_id)
      // Servers with a prefix put a folder elsewhere than asked for.
      if (before !== after && after !== undefined) await announce(account, tx, [told('mail.folder_updated', op)])
    })
  }

  async function refuse(op: FolderOp, refusal: FolderRefusal): Promise<void> {
    const isFinal = refusal.isFinal || op.attempts + 1 >= maxAttempts
    account.log.warn({ folderId: op.folder_id, kind: op.kind, isFinal, err: refusal }, 'a folder change was refused')
    await commit(async (tx) => {
      if (!isFinal) return void (await folderOpStore.postpone(tx, key, op.id, account.timings.minBackoffMs / 1000))
      const event = await takeBack(tx, op)
      await folderOpStore.done(tx, key, op.id)
      await shownFolderStore.settle(tx, key)
      const data = { mail_account_id: key.mailAccountId, folder_id: op.folder_id, reason: refusal.message }
      await announce(account, tx, [told(event, op), { type: 'mail.folder_change_refused', data }])
    })
  }

  async function takeBack(tx: Tx, op: FolderOp): Promise<FolderEventType> {
    if (op.kind === 'create') {
      await folderStore.remove(tx, key, op.folder_id)
      return 'mail.folder_deleted'
    }
    if (op.kind === 'delete') {
      await applyStore.unhide(tx, key, op.folder_id, op.id)
      return 'mail.folder_created'
    }
    if (op.kind === 'subscribe') await applyStore.setSubscribed(tx, key, op.folder_id, !op.change.is_subscribed)
    return 'mail.folder_updated'
  }

  const told = (type: FolderEventType, op: FolderOp): MailEvent => ({
    type,
    data: { mail_account_id: key.mailAccountId, folder_id: op.folder_id },
  })

  const shownPathOf = async (tx: Tx, id: string) =>
    (await shownFolderStore.list(tx, key)).find((folder) => folder.id === id)?.shown

  return { run }
}

type Applied = (tx: Tx) => Promise<unknown>

/** On the server: the folder in which it is to lie may be shown elsewhere by now, or be gone. */
function pathFor(target: FolderTarget, { delimiter }: Folder, folders: readonly Folder[]): string {
  const path = targetPath(target, delimiter, (id) => folders.find((one) => one.id === id && one.isOnServer)?.path)
  if (path !== undefined) return path
  throw new FolderRefusal('put it into a folder that is gone', { isFinal: true })
}
