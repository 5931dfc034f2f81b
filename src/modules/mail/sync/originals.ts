import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import { selectMailbox } from '#integrations/imap/imap-mailbox.ts'
import type { Database } from '#platform/database/database.ts'
import type { Connections } from '../accounts/connections.ts'
import type { Wake } from '../wake.ts'
import type { AccountKey } from './folder-store.ts'
import type { Gate } from './gate.ts'
import { originalStore } from './original-store.ts'

/** A message as its server has it, to be taken to another one. */
export type Original = { raw: Buffer; receivedAt: Date }

export type Originals = ReturnType<typeof createOriginals>

/** Larger ones are refused: an APPEND holds all of its message. */
const maxOriginalBytes = 64 * 1024 * 1024

/** Messages of other accounts of the same owner, each over a connection of its own; `gate` bounds what is held of them. */
export function createOriginals(deps: {
  database: Database
  connections: Connections
  imapConnect: ImapConnect
  wake: Wake
  gate: Gate
}) {
  async function fetch(key: AccountKey, messageId: string, signal: AbortSignal): Promise<Original | undefined> {
    const places = await originalStore.places(deps.database, key, messageId)
    if (places.length === 0) return undefined
    const server = await deps.connections.imapOf(key.ownerId, key.mailAccountId)
    const client = await deps.imapConnect(server, { signal, isForDownloads: true })
    try {
      for (const { path, uidvalidity, uid } of places) {
        if ((await selectMailbox(client, path)).uidValidity !== uidvalidity) continue
        const found =
          (await client.fetchOne(`${uid}`, { source: true, internalDate: true }, { uid: true })) || undefined
        if (!found?.source) continue
        return { raw: found.source, receivedAt: new Date(found.internalDate ?? Date.now()) }
      }
      return undefined
    } finally {
      client.close()
    }
  }

  return {
    /** A message of that account has arrived elsewhere: something is to be done about what is left of it. */
    left: (mailAccountId: string): void => deps.wake.account(mailAccountId, 'changes'),

    /** Runs `work` with a message; with undefined when its server has it no more, or it is too large. */
    async with<T>(
      key: AccountKey,
      messageId: string,
      signal: AbortSignal,
      work: (original: Original | undefined) => Promise<T>,
    ): Promise<T> {
      const size = await originalStore.sizeOf(deps.database, key.ownerId, messageId)
      if (size === undefined || size > maxOriginalBytes) return work(undefined)
      return deps.gate(async () => work(await fetch(key, messageId, signal)), Math.max(1, size))
    },
  }
}
