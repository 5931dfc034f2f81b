import type { ImapFlow } from 'imapflow'
import { listFolders, type RemoteFolder } from '#integrations/imap/imap-folders.ts'
import type { MailEvent } from '../events.ts'
import { type AccountContext, announce } from './account-context.ts'
import { type Folder, folderStore } from './folder-store.ts'

export type FolderPlan = {
  created: RemoteFolder[]
  /** Same folder, other name, role or path. */
  changed: Array<{ stored: Folder; remote: RemoteFolder }>
  removed: Folder[]
}

export type ListedFolder = { folder: Folder; remote: RemoteFolder }

/** Brings the stored folders in line with the server's list and answers them in the order in which to sync them. */
export async function refreshFolders(account: AccountContext, client: ImapFlow): Promise<ListedFolder[]> {
  const { database, key } = account
  let remote = await listFolders(client)
  let plan = planFolders(await folderStore.list(database, key), remote)
  if (plan.removed.length > 0) {
    // A folder that is only missing from one answer is not gone.
    remote = await listFolders(client)
    plan = planFolders(await folderStore.list(database, key), remote)
  }
  if (plan.created.length + plan.changed.length + plan.removed.length > 0) await applyPlan(account, plan)
  const byPath = new Map(remote.map((folder) => [folder.path, folder]))
  return (await folderStore.list(database, key))
    .flatMap((folder) => ({ folder, remote: byPath.get(folder.path) }))
    .filter((listed): listed is ListedFolder => listed.remote !== undefined)
    .sort((a, b) => rank(a.folder) - rank(b.folder) || a.folder.path.localeCompare(b.folder.path))
}

/** A missing folder whose UIDVALIDITY a new one has was renamed: RENAME keeps it, and few servers give it twice. */
export function planFolders(stored: readonly Folder[], remote: readonly RemoteFolder[]): FolderPlan {
  const byPath = new Map(stored.map((folder) => [folder.path, folder]))
  const paths = new Set(remote.map((folder) => folder.path))
  const missing = stored.filter((folder) => !paths.has(folder.path))
  const plan: FolderPlan = { created: [], changed: [], removed: [] }
  for (const folder of remote) {
    const known = byPath.get(folder.path)
    const renamed = known ? undefined : formerName(folder, missing, remote)
    if (renamed) missing.splice(missing.indexOf(renamed), 1)
    const same = known ?? renamed
    if (!same) plan.created.push(folder)
    else if (isChanged(same, folder)) plan.changed.push({ stored: same, remote: folder })
  }
  plan.removed = missing
  return plan
}

function formerName(folder: RemoteFolder, missing: readonly Folder[], remote: readonly RemoteFolder[]) {
  const { uidValidity, uidNext } = folder.status ?? {}
  if (uidValidity === undefined) return undefined
  const alike = missing.filter((one) => one.uidvalidity === uidValidity)
  const claimants = remote.filter((one) => one.status?.uidValidity === uidValidity)
  const [only] = alike
  if (!only || alike.length > 1 || claimants.length > 1) return undefined
  return (uidNext ?? 0) >= (only.uidnext ?? 0) ? only : undefined
}

const isChanged = (stored: Folder, remote: RemoteFolder) =>
  (['path', 'name', 'delimiter', 'role', 'isSelectable'] as const).some((field) => stored[field] !== remote[field])

async function applyPlan(account: AccountContext, plan: FolderPlan): Promise<void> {
  const { key } = account
  await account.commit(async (tx) => {
    const events: MailEvent[] = []
    const tell = (type: 'mail.folder_created' | 'mail.folder_updated' | 'mail.folder_deleted', folderId: string) =>
      events.push({ type, data: { mail_account_id: key.mailAccountId, folder_id: folderId } })
    for (const folder of plan.removed) {
      await folderStore.remove(tx, key, folder.id)
      tell('mail.folder_deleted', folder.id)
    }
    for (const { stored, remote } of plan.changed) {
      await folderStore.update(tx, key, stored.id, remote)
      tell('mail.folder_updated', stored.id)
    }
    for (const folder of plan.created) tell('mail.folder_created', await folderStore.insert(tx, key, folder))
    await announce(account, tx, events)
  })
}

/** What people look at first comes first. */
const order = ['inbox', 'sent', 'drafts', null, 'archive', 'important', 'flagged', 'all', 'junk', 'trash']
const rank = (folder: Folder) => order.indexOf(folder.role)
