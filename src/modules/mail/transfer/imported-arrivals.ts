import type { Tx } from '#platform/database/database.ts'
import { importedKey, importedMessageStore } from './imported-message-store.ts'

type Arrived = { row: { messageIdHeader: string | null; sizeBytes: number } }

/** Of messages that came to a folder, those that are news: what an import put there is old mail. */
export async function withoutImported<Message extends Arrived>(
  tx: Tx,
  place: { ownerId: string; folderId: string },
  arrived: readonly Message[],
): Promise<Message[]> {
  if (arrived.length === 0) return []
  const imported = await importedMessageStore.among(
    tx,
    place,
    arrived.map(({ row }) => row),
  )
  if (imported.size === 0) return [...arrived]
  return arrived.filter(({ row }) => !imported.has(importedKey(row.messageIdHeader, row.sizeBytes)))
}
