import type { Tx } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'

/** Everything that meetings tell the world, with its payload. */
export type MeetEvent =
  | { type: 'meet.room_created' | 'meet.room_updated' | 'meet.room_deleted'; data: { room_id: string; name: string } }
  | {
      /** Somebody without an account stands at the door of a room with a lobby. */
      type: 'meet.guest_waiting'
      data: { room_id: string; name: string; guest_id: string; guest_name: string }
    }
  | {
      type: 'meet.guest_admitted' | 'meet.guest_refused'
      data: { room_id: string; name: string; guest_id: string; guest_name: string }
    }

/** To be the last thing that a transaction does. */
export const tell = (events: Events, tx: Tx, ownerId: string, event: MeetEvent): Promise<void> =>
  events.append(tx, ownerId, [event])
