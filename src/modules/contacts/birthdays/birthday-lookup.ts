import type { Database } from '#platform/database/database.ts'
import { homeStore } from '../books/home-store.ts'
import { birthdayStore } from './birthday-store.ts'

/** Whose birthday is when, for calendars. `year` is null where that of birth is not known. */
export type KnownBirthday = {
  contactId: string
  name: string
  etag: string
  year: number | null
  month: number
  day: number
}

/** What is kept is asked, never Nextcloud. An owner who is asked for is kept fresh from then on. */
export function createBirthdayLookup({ database }: { database: Database }) {
  return async (ownerId: string): Promise<KnownBirthday[]> => {
    const [rows] = await Promise.all([birthdayStore.all(database, ownerId), homeStore.noteUse(database, ownerId)])
    return rows.map(({ id, full_name, etag, card, birth_month, birth_day }) => ({
      ...{ contactId: id, name: full_name, etag, month: birth_month, day: birth_day },
      year: Object.values(card.anniversaries ?? {}).find(({ kind }) => kind === 'birth')?.date.year ?? null,
    }))
  }
}
