import type { ImapFlow } from 'imapflow'
import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import type { Database } from '#platform/database/database.ts'
import type { Connections } from '../accounts/connections.ts'
import { sentCopyStore } from './sent-copy-store.ts'

/** An account's Sent folder on its server. */
export type SentFolder = {
  /** Whether a message with that Message-ID lies there. */
  has(messageIdHeader: string): Promise<boolean>
  /** Files a message as read. */
  append(mime: Buffer, sentAt: Date): Promise<void>
}

/**
 * Runs `work` on a connection of its own; with undefined when the account has no Sent folder.
 * @throws AppError of the connection, or imapflow's error.
 */
export type WithSentFolder = <T>(
  ownerId: string,
  mailAccountId: string,
  work: (folder: SentFolder | undefined) => Promise<T>,
) => Promise<T>

export function createWithSentFolder(deps: {
  database: Database
  connections: Connections
  imapConnect: ImapConnect
}): WithSentFolder {
  return async (ownerId, mailAccountId, work) => {
    const server = await deps.connections.imapOf(ownerId, mailAccountId)
    const client = await deps.imapConnect(server, { isForDownloads: true })
    try {
      const path =
        (await sentCopyStore.findSentPath(deps.database, ownerId, mailAccountId)) ?? (await sentPathByList(client))
      return await work(path === undefined ? undefined : folderAt(client, path))
    } finally {
      await client.logout().catch(() => client.close())
    }
  }
}

/** By SPECIAL-USE (RFC 6154); imapflow knows the usual names where a server has none. */
async function sentPathByList(client: ImapFlow): Promise<string | undefined> {
  const folders = await client.list()
  return folders.find(({ specialUse, flags }) => specialUse === '\\Sent' && !flags.has('\\Noselect'))?.path
}

const folderAt = (client: ImapFlow, path: string): SentFolder => ({
  async has(messageIdHeader) {
    await client.mailboxOpen(path, { readOnly: true })
    const found = await client.search({ header: { 'message-id': messageIdHeader } }, { uid: true })
    if (!found) throw new Error('The server did not search its Sent folder.')
    return found.length > 0
  },
  async append(mime, sentAt) {
    const appended = await client.append(path, mime, ['\\Seen'], sentAt)
    if (!appended) throw new Error('The server did not take the copy for its Sent folder.')
  },
})
