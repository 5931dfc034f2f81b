import { onCommit, type Transact, type Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { appendMailEvents, type MailEvent } from '../events.ts'
import type { FolderStore } from '../reading/folder-store.ts'
import type { Folder } from '../reading/wire.ts'
import { rescueSnoozed } from '../snooze/snoozed-rescue.ts'
import type { Wake } from '../wake.ts'
import { folderChangeStore as store } from './folder-change-store.ts'
import { makeFolder, pathOfTarget, requireFree } from './folder-making.ts'
import { checkedName } from './folder-name.ts'
import { type FolderOwner, type FolderTarget, folderOpStore } from './folder-op-store.ts'
import { isInside, nameOf, prefixOf } from './folder-paths.ts'
import { type ShownFolder, shownFolderStore } from './shown-folder-store.ts'

export type NewFolderBody = { mail_account_id: string; name: string; parent_id?: string | null }

/** What is left out stays. */
export type FolderChangeBody = {
  name?: string
  parent_id?: string | null
  is_subscribed?: boolean
  sync?: ShownFolder['sync']
}

export type FolderChangeDeps = { transact: Transact; events: Events; wake: Wake; folders: FolderStore }
export type FolderChanges = ReturnType<typeof createFolderChanges>

/** What an owner does to folders: seen at once, then done on the mail server by the node that syncs the account. */
export function createFolderChanges({ transact, events, wake, folders }: FolderChangeDeps) {
  /** Runs `work` with the account's folders, which nobody else changes meanwhile. */
  async function withFolders<T>(tx: Tx, key: FolderOwner, work: (known: readonly ShownFolder[]) => Promise<T>) {
    if (!(await store.lockAccount(tx, key))) throw notFound('mail account')
    return work(await shownFolderStore.list(tx, key))
  }

  async function withFolder<T>(
    tx: Tx,
    ownerId: string,
    id: string,
    work: (folder: ShownFolder, known: readonly ShownFolder[], key: FolderOwner) => Promise<T>,
  ): Promise<T> {
    const mailAccountId = await store.accountOf(tx, ownerId, id)
    if (mailAccountId === undefined) throw notFound('folder')
    const key = { ownerId, mailAccountId }
    return withFolders(tx, key, (known) => {
      const folder = known.find((one) => one.id === id && !one.isDeleted)
      if (!folder) throw notFound('folder')
      return work(folder, known, key)
    })
  }

  async function tell(tx: Tx, key: FolderOwner, type: FolderEventType, folderId: string): Promise<void> {
    const data = { mail_account_id: key.mailAccountId, folder_id: folderId }
    await appendMailEvents(events, tx, key.ownerId, [{ type, data }])
  }

  async function shown(tx: Tx, ownerId: string, id: string): Promise<Folder> {
    const folder = await folders.find(ownerId, id, tx)
    if (!folder) throw notFound('folder')
    return folder
  }

  return {
    /**
     * Makes a folder, at the top or in another one.
     * @throws AppError `not_found`, `mail.folder_exists`, `mail.folder_name_invalid`, `mail.folders_are_flat`,
     *   `mail.account_not_synced`, `idempotency_key_reused`.
     */
    create: (ownerId: string, body: NewFolderBody, idempotencyKey?: string): Promise<Answer<Folder>> => {
      const key = { ownerId, mailAccountId: body.mail_account_id }
      const request = { ownerId, scope: 'mail.folders', key: idempotencyKey, body }
      return transact((tx) =>
        once(tx, request, () =>
          withFolders(tx, key, async (known) => {
            const id = await makeFolder(tx, key, known, { name: body.name, parentId: body.parent_id ?? null })
            onCommit(tx, () => wake.account(key.mailAccountId, 'changes'))
            const answer = await shown(tx, ownerId, id)
            await tell(tx, key, 'mail.folder_created', id)
            return { status: 201, body: answer }
          }),
        ),
      )
    },

    /**
     * Renames a folder, puts it into another one, changes its subscription or how much of it is synced.
     * @throws AppError `not_found`, `mail.folder_is_special`, `mail.folder_exists`, `mail.folder_name_invalid`,
     *   `mail.folder_inside_itself`, `mail.folders_are_flat`.
     */
    change: (ownerId: string, id: string, body: FolderChangeBody): Promise<Folder> =>
      transact((tx) =>
        withFolder(tx, ownerId, id, async (folder, known, key) => {
          if (folder.role === 'snoozed') throw specialFolder('changed')
          const isRenamed = await rename(tx, key, folder, { body, known })
          const isSubscribed = await subscribe(tx, key, folder, body.is_subscribed)
          const isPolicyNew = await setSync(tx, key, folder, body.sync)
          if (isRenamed || isSubscribed) onCommit(tx, () => wake.account(key.mailAccountId, 'changes'))
          if (isPolicyNew) onCommit(tx, () => wake.account(key.mailAccountId, 'sync'))
          const answer = await shown(tx, ownerId, id)
          if (isRenamed || isSubscribed || isPolicyNew) await tell(tx, key, 'mail.folder_updated', id)
          return answer
        }),
      ),

    /**
     * Deletes a folder with the messages in it, for good.
     * @throws AppError `not_found`, `mail.folder_is_special`, `mail.folder_has_children`.
     */
    delete: (ownerId: string, id: string): Promise<void> =>
      transact((tx) =>
        withFolder(tx, ownerId, id, async (folder, known, key) => {
          if (isSpecial(folder)) throw specialFolder('deleted')
          const { delimiter } = folder
          if (known.some((one) => !one.isDeleted && delimiter && isInside(one.shown, folder.shown, delimiter))) {
            throw new AppError(
              'conflict',
              'mail.folder_has_children',
              'There are folders in this folder; move or delete them first.',
            )
          }
          await rescueSnoozed(tx, key, id)
          await store.hide(tx, ownerId, id)
          await folderOpStore.insert(tx, key, id, { kind: 'delete', change: {} })
          onCommit(tx, () => wake.account(key.mailAccountId, 'changes'))
          await tell(tx, key, 'mail.folder_deleted', id)
        }),
      ),
  }
}

type FolderEventType = Extract<MailEvent, { data: { folder_id: string; mail_account_id: string } }>['type'] &
  `mail.folder_${'created' | 'updated' | 'deleted'}`

async function rename(
  tx: Tx,
  key: FolderOwner,
  folder: ShownFolder,
  { body, known }: { body: FolderChangeBody; known: readonly ShownFolder[] },
): Promise<boolean> {
  if (body.name === undefined && body.parent_id === undefined) return false
  const { delimiter, shown } = folder
  const name = body.name === undefined ? nameOf(shown, delimiter) : checkedName(body.name, delimiter)
  const target = { ...(body.parent_id === undefined ? placeOf(folder, known) : topOrIn(body.parent_id)), name }
  const others = known.filter((one) => one.id !== folder.id)
  const path = pathOfTarget(known, target, delimiter)
  if (path === shown) return false
  if (isSpecial(folder)) throw specialFolder('renamed')
  if (target.parent_id === folder.id || (delimiter && isInside(path, shown, delimiter))) {
    throw new AppError(
      'unprocessable',
      'mail.folder_inside_itself',
      'A folder cannot lie in itself; choose another one.',
    )
  }
  requireFree(others, path)
  await folderOpStore.insert(tx, key, folder.id, { kind: 'rename', change: target })
  await shownFolderStore.settle(tx, key)
  return true
}

async function subscribe(tx: Tx, key: FolderOwner, folder: ShownFolder, wanted: boolean | undefined): Promise<boolean> {
  if (wanted === undefined || wanted === folder.isSubscribed) return false
  await store.setSubscribed(tx, key.ownerId, folder.id, wanted)
  await folderOpStore.insert(tx, key, folder.id, { kind: 'subscribe', change: { is_subscribed: wanted } })
  return true
}

async function setSync(
  tx: Tx,
  { ownerId }: FolderOwner,
  folder: ShownFolder,
  sync: ShownFolder['sync'] | undefined,
): Promise<boolean> {
  if (sync === undefined || sync === folder.sync) return false
  if (sync === 'none' && folder.role === 'inbox') throw specialFolder('left out')
  await store.setSync(tx, ownerId, folder.id, sync)
  return true
}

const topOrIn = (parentId: string | null) => ({ parent_id: parentId, prefix: '' })

/** Where a folder lies now. Servers need not list the folder in which another one lies. */
function placeOf({ shown, delimiter }: ShownFolder, known: readonly ShownFolder[]): Omit<FolderTarget, 'name'> {
  const prefix = prefixOf(shown, delimiter)
  const parent = known.find((one) => !one.isDeleted && prefix === one.shown + (delimiter ?? ''))
  return parent ? topOrIn(parent.id) : { parent_id: null, prefix }
}

const isSpecial = ({ role, path }: ShownFolder) => role !== null || path.toUpperCase() === 'INBOX'

const specialFolder = (what: string) =>
  new AppError(
    'conflict',
    'mail.folder_is_special',
    `A folder that mail programs rely on, such as INBOX or Sent, cannot be ${what}.`,
  )
