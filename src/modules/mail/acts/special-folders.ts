import type { Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import type { MailEvent } from '../events.ts'
import { folderChangeStore } from '../folders/folder-change-store.ts'
import { type FolderOwner, folderOpStore } from '../folders/folder-op-store.ts'
import { type ActFolder, actFolderStore } from './act-folder-store.ts'
import { labelFolder } from './label-places.ts'

export type SpecialRole = 'inbox' | 'archive' | 'trash' | 'junk' | 'snoozed'

/** A path that no server has: it is written like an attribute (RFC 3501 §7.2.2). */
const snoozedPath = '\\Snoozed'

/** Under which name a folder is made, or found where its server tells no roles. */
const names = { archive: 'Archive', trash: 'Trash', junk: 'Junk' } as const

/** The folder of an account for a purpose. On a server whose folders are labels, to archive is to leave INBOX. */
export function specialFolder(
  folders: readonly ActFolder[],
  mailAccountId: string,
  role: SpecialRole,
): ActFolder | undefined {
  const ofAccount = folders.filter((folder) => folder.mail_account_id === mailAccountId && folder.is_selectable)
  const withRole = (wanted: string) => ofAccount.find((folder) => folder.role === wanted)
  const byRole = withRole(role) ?? (role === 'archive' && ofAccount[0]?.is_label ? withRole('all') : undefined)
  if (byRole || role === 'inbox' || role === 'snoozed') return byRole
  return ofAccount.find((folder) => folder.role === null && isNamed(folder, names[role]))
}

/** At the top, which is in INBOX on servers that have everything there. */
function isNamed({ path, delimiter }: ActFolder, name: string): boolean {
  const prefix = delimiter === null ? '' : `inbox${delimiter}`
  const shown = path.toLowerCase()
  return shown === name.toLowerCase() || shown === prefix + name.toLowerCase()
}

/** Makes the folders that an act needs and an account lacks; answers all folders of the accounts, and what to tell. */
export async function withSpecialFolders(
  tx: Tx,
  ownerId: string,
  mailAccountIds: readonly string[],
  roles: readonly SpecialRole[],
): Promise<{ folders: ActFolder[]; events: MailEvent[] }> {
  const folders = await actFolderStore.list(tx, ownerId, mailAccountIds)
  const events: MailEvent[] = []
  for (const mailAccountId of mailAccountIds) {
    for (const role of roles) {
      if (role === 'inbox' || specialFolder(folders, mailAccountId, role)) continue
      events.push(...(await make(tx, { ownerId, mailAccountId }, role)))
    }
  }
  if (events.length === 0) return { folders, events }
  return { folders: await actFolderStore.list(tx, ownerId, mailAccountIds), events }
}

/** Makes the folders that stand for labels where they are missing; on a server whose folders are labels. */
export async function withLabelFolders(
  tx: Tx,
  ownerId: string,
  {
    folders,
    accounts,
    labels,
  }: { folders: readonly ActFolder[]; accounts: readonly string[]; labels: ReadonlyMap<string, { name: string }> },
): Promise<{ folders: readonly ActFolder[]; events: MailEvent[] }> {
  const events: MailEvent[] = []
  for (const mailAccountId of accounts) {
    for (const { name } of labels.values()) {
      if (labelFolder(folders, mailAccountId, name)) continue
      const key = { ownerId, mailAccountId }
      if (!(await folderChangeStore.lockAccount(tx, key))) continue
      const id = newId()
      const { delimiter = null } = folders.find((folder) => folder.mail_account_id === mailAccountId) ?? {}
      if (!(await actFolderStore.insert(tx, key, { id, path: name, name, role: null, delimiter }))) continue
      await folderOpStore.insert(tx, key, id, { kind: 'create', change: { parent_id: null, prefix: '', name } })
      events.push({ type: 'mail.folder_created', data: { mail_account_id: mailAccountId, folder_id: id } })
    }
  }
  if (events.length === 0) return { folders, events }
  const all = [...new Set(folders.map((folder) => folder.mail_account_id))]
  return { folders: await actFolderStore.list(tx, ownerId, all), events }
}

async function make(tx: Tx, key: FolderOwner, role: Exclude<SpecialRole, 'inbox'>): Promise<MailEvent[]> {
  const { ownerId, mailAccountId } = key
  if (!(await folderChangeStore.lockAccount(tx, key))) return []
  const known = await actFolderStore.list(tx, ownerId, [mailAccountId])
  const isThere = specialFolder(known, mailAccountId, role) !== undefined
  if (!isThere && !(await insert(tx, key, role, known))) return []
  const folders = isThere ? known : await actFolderStore.list(tx, ownerId, [mailAccountId])
  const folder_id = specialFolder(folders, mailAccountId, role)?.id ?? ''
  return [
    {
      type: isThere ? 'mail.folder_updated' : 'mail.folder_created',
      data: { mail_account_id: mailAccountId, folder_id },
    },
  ]
}

/** False when a folder of that name is there which cannot hold messages, or is just being deleted. */
async function insert(tx: Tx, key: FolderOwner, role: Exclude<SpecialRole, 'inbox'>, known: readonly ActFolder[]) {
  const id = newId()
  if (role === 'snoozed')
    return actFolderStore.insert(tx, key, { id, path: snoozedPath, name: 'Snoozed', role, delimiter: null })
  const name = names[role]
  const { delimiter = null } = known[0] ?? {}
  if (!(await actFolderStore.insert(tx, key, { id, path: name, name, role: null, delimiter }))) return false
  await folderOpStore.insert(tx, key, id, { kind: 'create', change: { parent_id: null, prefix: '', name } })
  return true
}
