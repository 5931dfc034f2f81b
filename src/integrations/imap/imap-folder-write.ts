import type { ImapFlow } from 'imapflow'
import { listFolders } from './imap-folders.ts'
import { ImapRefusal } from './imap-write.ts'

/** A refusal that no repetition changes (RFC 5530 §3); another NO may be a passing one. */
export class FolderRefusal extends ImapRefusal {
  readonly isFinal: boolean

  constructor(what: string, options: { isFinal: boolean; words?: string }) {
    super(what)
    this.isFinal = options.isFinal
    if (options.words) this.message += ` It said: "${options.words}"`
  }
}

/**
 * Makes a folder and subscribes to it; one that is there is made. Answers where it is: on servers with a prefix
 * (`INBOX.`) elsewhere than asked for. @throws FolderRefusal
 */
export const createFolder = async (client: ImapFlow, path: string): Promise<string> =>
  (await said('make the folder', () => client.mailboxCreate(path))).path

/** Renames a folder with all that lie in it, and answers its new path. @throws FolderRefusal */
export async function renameFolder(client: ImapFlow, path: string, newPath: string): Promise<string> {
  await leave(client, path)
  const result = await said('rename the folder', () => client.mailboxRename(path, newPath))
  return result.newPath
}

/** Deletes a folder with its messages; one that is gone is deleted. @throws FolderRefusal */
export async function deleteFolder(client: ImapFlow, path: string): Promise<void> {
  await leave(client, path)
  try {
    await said('delete the folder', () => client.mailboxDelete(path))
  } catch (error) {
    if (!(error instanceof FolderRefusal) || (await hasFolder(client, path))) throw error
  }
}

/** @throws FolderRefusal */
export async function setSubscription(client: ImapFlow, path: string, isSubscribed: boolean): Promise<void> {
  const isDone = await (isSubscribed ? client.mailboxSubscribe(path) : client.mailboxUnsubscribe(path))
  if (isDone) return
  if (client.usable) throw new FolderRefusal('change the subscription', { isFinal: false })
  throw new Error('The connection to the mail server was lost.')
}

export const hasFolder = async (client: ImapFlow, path: string): Promise<boolean> =>
  (await listFolders(client)).some((folder) => folder.path === path)

/** Nothing in a selected folder is renamed or deleted. INBOX is selected without CLOSE, which would expunge. */
async function leave(client: ImapFlow, path: string): Promise<void> {
  const selected = client.mailbox ? client.mailbox.path : ''
  if (selected.startsWith(path)) await client.mailboxOpen('INBOX')
}

async function said<T>(what: string, command: () => Promise<T>): Promise<NonNullable<T>> {
  const result = await command().catch((error) => {
    const { responseStatus, serverResponseCode, response } = error as ImapAnswer
    if (responseStatus !== 'NO' && responseStatus !== 'BAD') throw error
    const isFinal = responseStatus === 'BAD' || finalCodes.has(String(serverResponseCode))
    throw new FolderRefusal(what, { isFinal, ...(typeof response === 'string' && { words: excerpt(response) }) })
  })
  if (!result) throw new Error('The connection to the mail server was lost.')
  return result
}

type ImapAnswer = { responseStatus?: string; serverResponseCode?: string; response?: unknown }

const finalCodes = new Set(['ALREADYEXISTS', 'CANNOT', 'NONEXISTENT', 'NOPERM', 'OVERQUOTA'])

const excerpt = (words: string): string =>
  words
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 200)
