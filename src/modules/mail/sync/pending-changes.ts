import type { Tx } from '#platform/database/database.ts'
import type { FlagChange } from '../changes/remote-op-store.ts'
import type { AccountKey } from './folder-store.ts'
import { openOps } from './open-op-store.ts'

/** What the owner did to a message that the server has not confirmed yet. */
export type PendingChanges = { flagChanges: FlagChange[]; movedTo: string | null }

/**
 * Pending writes by message, in their order. To be read after the messages' locations are locked: who changes a
 * message locks its location first, so nothing is missed in between.
 */
export async function pendingChanges(
  tx: Tx,
  key: AccountKey,
  messageIds: readonly string[],
): Promise<Map<string, PendingChanges>> {
  const changes = new Map<string, PendingChanges>()
  for (const op of await openOps(tx, key, messageIds)) {
    const pending = changes.get(op.message_id) ?? { flagChanges: [], movedTo: null }
    if (op.kind === 'set_flags') pending.flagChanges.push(op.change)
    if (op.kind === 'move') pending.movedTo = op.change.folder_id
    changes.set(op.message_id, pending)
  }
  return changes
}
