import type { ImapFlow } from 'imapflow'
import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import type { Database } from '#platform/database/database.ts'
import type { Connections } from '../accounts/connections.ts'
import { filingStore } from './filing-store.ts'
import type { OutboxAccount } from './transmission-store.ts'

/** A folder of an account on its server. */
export type MailboxFolder = {
  /** Whether a message with that Message-ID lies there. */
  has(messageIdHeader: string): Promise<boolean>
  append(mime: Buffer, receivedAt: Date, flags: readonly string[]): Promise<void>
}

export type MailboxFolders = {
  /** Undefined when the account has none. */
  sent(): Promise<MailboxFolder | undefined>
  inbox(): Promise<MailboxFolder>
}

/**
 * Runs `work` with an account's folders, on a connection of its own, which is given up when `signal` aborts before it is
 * made.
 * @throws AppError of the connection, or imapflow's error.
 */
export type WithFolders = <T>(
  account: OutboxAccount,
  work: (folders: MailboxFolders) => Promise<T>,
  options?: { signal?: AbortSignal },
) => Promise<T>

export function createWithFolders(deps: {
  database: Database
  connections: Connections
  imapConnect: ImapConnect
}): WithFolders {
  return async (account, work, { signal } = {}) => {
    const server = await deps.connections.imapOf(account.ownerId, account.mailAccountId)
    const client = await deps.imapConnect(server, { isForDownloads: true, ...(signal && { signal }) })
    const pathOf = (role: 'sent' | 'inbox') => filingStore.findPath(deps.database, account, role)
    try {
      return await work({
        async sent() {
          const path = (await pathOf('sent')) ?? (await sentPathByList(client))
          return path === undefined ? undefined : folderAt(client, path)
        },
        inbox: async () => folderAt(client, (await pathOf('inbox')) ?? 'INBOX'),
      })
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

const folderAt = (client: ImapFlow, path: string): MailboxFolder => ({
  async has(messageIdHeader) {
    // Selected anew each time: what came since is to be found as well.
    await client.mailboxOpen(path, { readOnly: true })
    const found = await client.search({ header: { 'message-id': messageIdHeader } }, { uid: true })
    if (!found) throw new Error(`The server did not search its folder ${path}.`)
    return found.length > 0
  },
  async append(mime, receivedAt, flags) {
    const appended = await client.append(path, mime, [...flags], receivedAt)
    if (!appended) throw new Error(`The server did not take a message for its folder ${path}.`)
  },
})
