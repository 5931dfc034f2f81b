import { onCommit, type Tx } from '#platform/database/database.ts'
import { actFolderStore } from '../acts/act-folder-store.ts'
import { folderChangeStore } from '../folders/folder-change-store.ts'
import { folderOpStore } from '../folders/folder-op-store.ts'
import { shownFolderStore } from '../folders/shown-folder-store.ts'
import type { Wake } from '../wake.ts'

/** Renames a label where it is a folder of the server, too: in accounts whose folders are labels. */
export async function renameLabelFolders(
  tx: Tx,
  ownerId: string,
  wake: Wake,
  { from, to }: { from: string; to: string },
): Promise<void> {
  for (const folder of await actFolderStore.labelFolders(tx, ownerId, from)) {
    const key = { ownerId, mailAccountId: folder.mail_account_id }
    await folderChangeStore.lockAccount(tx, key)
    await folderOpStore.insert(tx, key, folder.id, {
      kind: 'rename',
      change: { parent_id: null, prefix: '', name: to },
    })
    await shownFolderStore.settle(tx, key)
    onCommit(tx, () => wake.account(key.mailAccountId, 'changes'))
  }
}
