import type { Tx } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'

type OfItem = { item_id: string; path: string }

export type DriveEvent =
  | { type: 'drive.item_created' | 'drive.item_updated' | 'drive.item_deleted'; data: OfItem }
  | { type: 'drive.item_moved'; data: OfItem & { from_path: string } }
  /** Something was changed otherwise than through ultid, anywhere in the owner's files. */
  | { type: 'drive.files_changed'; data: Record<string, never> }
  | { type: 'drive.share_created' | 'drive.share_updated' | 'drive.share_deleted'; data: { share_id: string } }

/** To be the last thing that a transaction does. */
export const tell = (events: Events, tx: Tx, ownerId: string, ...told: readonly DriveEvent[]): Promise<void> =>
  events.append(tx, ownerId, told)
