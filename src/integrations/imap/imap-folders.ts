import type { ImapFlow } from 'imapflow'

/** RFC 6154 roles in our words. */
export type FolderRole = 'inbox' | 'sent' | 'drafts' | 'archive' | 'junk' | 'trash' | 'all' | 'flagged' | 'important'

/** What a STATUS tells; an item that the server left out is undefined. MODSEQs are decimal strings. */
export type FolderStatus = {
  messages?: number
  unseen?: number
  uidNext?: number
  uidValidity?: number
  highestModseq?: string
}

export type RemoteFolder = {
  path: string
  name: string
  delimiter: string | null
  role: FolderRole | null
  isSelectable: boolean
  isSubscribed: boolean
  status: FolderStatus | undefined
}

const roles: Readonly<Record<string, FolderRole>> = {
  '\\Inbox': 'inbox',
  '\\Sent': 'sent',
  '\\Drafts': 'drafts',
  '\\Archive': 'archive',
  '\\Junk': 'junk',
  '\\Trash': 'trash',
  '\\All': 'all',
  '\\Flagged': 'flagged',
  '\\Important': 'important',
}

/**
 * All folders with their STATUS: one round trip with LIST-STATUS (RFC 5819), else a STATUS each. SPECIAL-USE is asked
 * for, because Dovecot tells it only then.
 * @throws Error when the answer lacks a selectable INBOX: it is not complete, and nothing may be concluded from it.
 */
export async function listFolders(client: ImapFlow): Promise<RemoteFolder[]> {
  const listed = await client.list({
    statusQuery: { messages: true, unseen: true, uidNext: true, uidValidity: true, highestModseq: true },
  })
  const folders = listed.map((entry): RemoteFolder => {
    const isSelectable = !hasFlag(entry.flags, '\\noselect') && !hasFlag(entry.flags, '\\nonexistent')
    return {
      path: entry.path,
      name: entry.name || entry.path,
      delimiter: entry.delimiter || null,
      role: (entry.specialUse && roles[entry.specialUse]) || null,
      isSelectable,
      isSubscribed: entry.subscribed ?? false,
      status: isSelectable && entry.status && !('error' in entry.status) ? statusOf(entry.status) : undefined,
    }
  })
  const unique = [...new Map(folders.map((folder) => [folder.path, folder])).values()]
  if (!unique.some((folder) => folder.role === 'inbox' && folder.isSelectable)) {
    throw new Error('The server listed no INBOX; its list of folders cannot be complete.')
  }
  return unique
}

/** The STATUS of one folder (RFC 3501 §6.3.10). */
export async function folderStatus(client: ImapFlow, path: string): Promise<FolderStatus | undefined> {
  const status = await client.status(path, { messages: true, uidNext: true, uidValidity: true, highestModseq: true })
  return status ? statusOf(status) : undefined
}

type RawStatus = Exclude<Awaited<ReturnType<ImapFlow['status']>>, false>

function statusOf(status: RawStatus): FolderStatus {
  const { messages, unseen, uidNext, uidValidity, highestModseq } = status
  return {
    ...(messages !== undefined && { messages }),
    ...(unseen !== undefined && { unseen }),
    ...(uidNext !== undefined && { uidNext }),
    ...(uidValidity !== undefined && { uidValidity: Number(uidValidity) }),
    // 0 says that this folder keeps no mod-sequences (RFC 7162 §3.1.2.2).
    ...(highestModseq && { highestModseq: String(highestModseq) }),
  }
}

const hasFlag = (flags: Set<string>, name: string) => [...flags].some((flag) => flag.toLowerCase() === name)
