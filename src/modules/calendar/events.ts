import type { Tx } from '#platform/database/database.ts'
import type { Events, NewEvent } from '#platform/events/events.ts'

/** Which object of the owner's calendars an event of ours is about. `path` is as the API answers it. */
type ObjectTold = { calendar_id: string; path: string; uid: string }

/** Everything that calendars tell the world, with its payload. */
export type CalendarNotice =
  | { type: 'calendar.event_created' | 'calendar.event_updated' | 'calendar.event_deleted'; data: ObjectTold }
  | {
      /** Objects changed in such number that each for itself would be too many, or nobody knows which. */
      type: 'calendar.calendar_changed'
      data: { calendar_id: string }
    }
  | {
      type: 'calendar.calendar_created' | 'calendar.calendar_updated' | 'calendar.calendar_deleted'
      data: { calendar_id: string }
    }
  | {
      /** Somebody invited proposes another time for an event of the owner's. */
      type: 'calendar.proposal_received'
      data: ObjectTold & {
        proposal_id: string
        recurrence_id: string | null
        from: string
        start: string
        end: string
        timezone: string | null
      }
    }
  | {
      /** An event is about to begin, or its alarm says so. */
      type: 'calendar.reminder_due'
      data: ObjectTold & { recurrence_id: string | null; summary: string; starts_at: string }
    }

/** To be the last thing that a transaction does. */
export const tell = (events: Events, tx: Tx, ownerId: string, notices: readonly CalendarNotice[]): Promise<void> =>
  events.append(tx, ownerId, notices)

/** As `tell`, for several owners: sequences are locked in the order of their ids, whoever locks several. */
export async function tellEach(
  events: Events,
  tx: Tx,
  told: readonly { ownerId: string; events: readonly NewEvent[] }[],
): Promise<void> {
  const byOwner = Map.groupBy(told, ({ ownerId }) => ownerId)
  for (const ownerId of [...byOwner.keys()].sort()) {
    const all = byOwner.get(ownerId) ?? []
    await events.append(
      tx,
      ownerId,
      all.flatMap((one) => one.events),
    )
  }
}
