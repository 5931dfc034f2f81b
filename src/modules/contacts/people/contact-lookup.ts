import type { Database } from '#platform/database/database.ts'
import { homeStore } from '../books/home-store.ts'
import { lookupStore } from './lookup-store.ts'

/**
 * Whether somebody is among an owner's contacts, for those who ask for each message: what is kept is asked, never
 * Nextcloud. An owner who is asked for is kept fresh from then on.
 */
export function createContactLookup({ database }: { database: Database }) {
  return {
    async isContact(ownerId: string, email: string): Promise<boolean> {
      await homeStore.noteUse(database, ownerId)
      return lookupStore.hasEmail(database, ownerId, email.toLowerCase())
    },
  }
}
