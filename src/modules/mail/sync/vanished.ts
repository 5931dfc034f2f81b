import type { Tx } from '#platform/database/database.ts'
import type { MailEvent } from '../events.ts'
import { type AccountContext, announce } from './account-context.ts'
import { type AccountKey, type Folder, folderStore, isSynced } from './folder-store.ts'
import { type Departed, vanishedStore } from './vanished-store.ts'

/**
 * Hides what vanished from a folder. The rows stay for a while: a message that turns up in another folder is the same
 * one, with the same id.
 */
export async function hideVanished(
  tx: Tx,
  key: AccountKey,
  folder: Folder,
  uids: readonly number[],
): Promise<MailEvent[]> {
  await vanishedStore.dropDeleted(tx, key, folder, uids)
  const count = await vanishedStore.markGone(tx, key, folder, uids)
  if (count === 0) return []
  return [{ type: 'mail.folder_updated', data: { mail_account_id: key.mailAccountId, folder_id: folder.id } }]
}

/**
 * Removes for good what vanished before the pass over all folders that just ended, and longer ago than the grace
 * time: by now it would have been seen wherever it was moved to.
 */
export async function removeDeparted(account: AccountContext, passStartedAt: Date): Promise<void> {
  const { key, timings } = account
  for (let isMore = true; isMore; ) {
    isMore = await account.commit(async (tx) => {
      const departed = await vanishedStore.removeDeparted(tx, key, timings.graceMs, passStartedAt)
      if (departed.length === 0) return false
      const ids = departed.map((location) => location.message_id)
      const removed = await vanishedStore.removeHomeless(tx, key, ids)
      const folders = new Set((await folderStore.list(tx, key)).filter(isSynced).map((folder) => folder.id))
      await announce(account, tx, deletedEvents(key, departed, removed, folders))
      return departed.length === 500
    })
  }
}

/** Messages of a folder that was deleted or left out go with it: its own event has told so. */
function deletedEvents(
  key: AccountKey,
  departed: readonly Departed[],
  removed: ReadonlySet<string>,
  folders: ReadonlySet<string>,
): MailEvent[] {
  const told = departed.filter((location) => removed.has(location.message_id) && folders.has(location.folder_id))
  // One that lay in several folders is deleted once.
  const lastPlaces = new Map(told.map(({ message_id, folder_id }) => [message_id, folder_id]))
  return [...lastPlaces].map(([message_id, folder_id]) => ({
    type: 'mail.message_deleted',
    data: { mail_account_id: key.mailAccountId, message_id, folder_id },
  }))
}
