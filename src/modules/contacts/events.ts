import type { Tx } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'

/** Everything that contacts tell the world, with its payload. */
export type ContactsEvent =
  | {
      type: 'contacts.contact_created' | 'contacts.contact_updated' | 'contacts.contact_deleted'
      data: { book_id: string; path: string; uid: string; full_name: string }
    }
  | {
      /** `contacts.book_synced`: more changed at once than is told one by one. */
      type: 'contacts.book_created' | 'contacts.book_updated' | 'contacts.book_deleted' | 'contacts.book_synced'
      data: { book_id: string }
    }

/** To be the last thing that a transaction does. */
export const tell = (events: Events, tx: Tx, ownerId: string, told: readonly ContactsEvent[]): Promise<void> =>
  events.append(tx, ownerId, told)
