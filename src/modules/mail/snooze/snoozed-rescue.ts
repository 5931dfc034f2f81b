import type { Tx } from '#platform/database/database.ts'
import { actFolderStore } from '../acts/act-folder-store.ts'
import { writeOps } from '../acts/act-writing.ts'
import { specialFolder } from '../acts/special-folders.ts'
import { mergeOps } from '../changes/remote-op-merging.ts'
import { remoteOpStore } from '../changes/remote-op-store.ts'
import { snoozeStore } from './snooze-store.ts'

/** Snoozed messages that lie in a folder which is to be deleted go into the inbox, to which they come back anyway. */
export async function rescueSnoozed(
  tx: Tx,
  { ownerId, mailAccountId }: { ownerId: string; mailAccountId: string },
  folderId: string,
): Promise<void> {
  const messageIds = await snoozeStore.lyingIn(tx, ownerId, folderId)
  if (messageIds.length === 0) return
  const inbox = specialFolder(await actFolderStore.list(tx, ownerId, [mailAccountId]), mailAccountId, 'inbox')
  if (!inbox) return
  const open = await remoteOpStore.lockOpenOf(tx, ownerId, messageIds)
  const edits = messageIds.map((messageId) => {
    const own = open.filter((op) => op.message_id === messageId)
    return mergeOps({ messageId, mailAccountId, serverFolderId: folderId }, { folderId: inbox.id }, own)
  })
  await writeOps(tx, ownerId, edits)
}
