import type { ImapFlow } from 'imapflow'
import { listFolders, type RemoteFolder } from '#integrations/imap/imap-folders.ts'
import { selectMailbox } from '#integrations/imap/imap-mailbox.ts'
import type { MailEvent } from '../events.ts'
import { type FolderOp, folderOpStore } from '../folders/folder-op-store.ts'
import { shownFolderStore } from '../folders/shown-folder-store.ts'
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
  let { remote, plan } = await compare(account, client)
  // A folder that is only missing from one answer is not gone.
  if (plan.removed.length > 0) ({ remote, plan } = await compare(account, client))
  if (plan.created.length + plan.changed.length + plan.removed.length > 0) await applyPlan(account, plan)
  const byPath = new Map(remote.map((folder) => [folder.path, folder]))
  return (await folderStore.list(database, key))
    .flatMap((folder) => ({ folder, remote: byPath.get(folder.path) }))
    .filter((listed): listed is ListedFolder => listed.remote !== undefined)
    .sort((a, b) => rank(a.folder) - rank(b.folder) || a.folder.path.localeCompare(b.folder.path))
}

async function compare({ database, key }: AccountContext, client: ImapFlow) {
  const listed = await listFolders(client)
  const stored = await folderStore.list(database, key)
  const remote = withPendingSubscriptions(listed, stored, await folderOpStore.list(database, key))
  return { remote, plan: planFolders(stored, remote, await mailboxIds(client, stored, remote)) }
}

/** A subscription that its owner changed and that is not written yet beats what the server says. */
function withPendingSubscriptions(listed: RemoteFolder[], stored: readonly Folder[], ops: readonly FolderOp[]) {
  const pending = new Set(ops.filter((op) => op.kind === 'subscribe').map((op) => op.folder_id))
  if (pending.size === 0) return listed
  const wanted = new Map(
    stored.filter(({ id }) => pending.has(id)).map(({ path, isSubscribed }) => [path, isSubscribed]),
  )
  return listed.map((folder) => ({ ...folder, isSubscribed: wanted.get(folder.path) ?? folder.isSubscribed }))
}

/** MAILBOXIDs of new folders (RFC 8474 §4), asked for only when another folder is missing that had one. */
async function mailboxIds(client: ImapFlow, stored: readonly Folder[], remote: readonly RemoteFolder[]) {
  const ids = new Map<string, string>()
  const [before, now] = [new Set(stored.map(({ path }) => path)), new Set(remote.map(({ path }) => path))]
  if (!stored.some(({ path, serverMailboxId }) => serverMailboxId !== null && !now.has(path))) return ids
  for (const { path } of remote.filter((folder) => folder.isSelectable && !before.has(folder.path))) {
    const { mailboxId } = await selectMailbox(client, path)
    if (mailboxId !== null) ids.set(path, mailboxId)
  }
  return ids
}

/**
 * A missing folder whose MAILBOXID a new one has was renamed; where servers know no such thing, one whose UIDVALIDITY
 * a new one has: RENAME keeps it, and few servers give it twice.
 */
export function planFolders(
  stored: readonly Folder[],
  remote: readonly RemoteFolder[],
  ids: ReadonlyMap<string, string> = new Map(),
): FolderPlan {
  const byPath = new Map(stored.map((folder) => [folder.path, folder]))
  const paths = new Set(remote.map((folder) => folder.path))
  const missing = stored.filter((folder) => folder.isOnServer && !paths.has(folder.path))
  const plan: FolderPlan = { created: [], changed: [], removed: [] }
  for (const folder of remote) {
    const known = byPath.get(folder.path)
    const renamed = known ? undefined : formerName(folder, missing, { remote, id: ids.get(folder.path) })
    if (renamed) missing.splice(missing.indexOf(renamed), 1)
    const same = known ?? renamed
    if (!same) plan.created.push(folder)
    else if (isChanged(same, folder)) plan.changed.push({ stored: same, remote: folder })
  }
  plan.removed = missing
  return plan
}

function formerName(
  folder: RemoteFolder,
  missing: readonly Folder[],
  { remote, id }: { remote: readonly RemoteFolder[]; id: string | undefined },
) {
  if (id !== undefined) return missing.find((one) => one.serverMailboxId === id)
  const { uidValidity, uidNext } = folder.status ?? {}
  if (uidValidity === undefined) return undefined
  const alike = missing.filter((one) => one.uidvalidity === uidValidity)
  const claimants = remote.filter((one) => one.status?.uidValidity === uidValidity)
  const [only] = alike
  if (!only || alike.length > 1 || claimants.length > 1) return undefined
  return (uidNext ?? 0) >= (only.uidnext ?? 0) ? only : undefined
}

const isChanged = (stored: Folder, remote: RemoteFolder) =>
  !stored.isOnServer || comparedFields.some((field) => stored[field] !== remote[field])
const comparedFields = ['path', 'name', 'delimiter', 'role', 'isSelectable', 'isSubscribed'] as const

async function applyPlan(account: AccountContext, plan: FolderPlan): Promise<void> {
  const { key } = account
  await account.commit(async (tx) => {
    const events: MailEvent[] = []
    const tell = (type: 'mail.folder_created' | 'mail.folder_updated' | 'mail.folder_deleted', folderId: string) =>
      events.push({ type, data: { mail_account_id: key.mailAccountId, folder_id: folderId } })
    for (const folder of plan.removed) {
      await folderStore.remove(tx, key, folder.id)
      if (!folder.isDeleted) tell('mail.folder_deleted', folder.id)
    }
    for (const { stored, remote } of plan.changed) {
      await folderStore.update(tx, key, stored.id, remote)
      if (!stored.isOnServer) await folderOpStore.setCreated(tx, key, stored.id)
      if (!stored.isDeleted) tell('mail.folder_updated', stored.id)
    }
    for (const folder of plan.created) tell('mail.folder_created', await folderStore.insert(tx, key, folder))
    await shownFolderStore.settle(tx, key)
    await announce(account, tx, events)
  })
}

/** What people look at first comes first. */
const order = ['inbox', 'sent', 'drafts', null, 'archive', 'important', 'flagged', 'all', 'junk', 'trash']
const rank = (folder: Folder) => order.indexOf(folder.role)
