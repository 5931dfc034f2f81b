import type { Queryable } from '#platform/database/database.ts'
import { type CalendarRow, calendarStore } from '../mirror/calendar-store.ts'

/** A calendar as one of those has it who see it. */
export type SeenCalendar = { ownerId: string; calendar: Pick<CalendarRow, 'name' | 'access' | 'belongs_to'> }

/** The person whose calendar it is, and its name there. */
export type Holder = { ownerId: string; calendar: string }

/** Whose calendar it is, whoever sees it. Undefined for somebody who is not known here. */
export async function holderOf(db: Queryable, { ownerId, calendar }: SeenCalendar): Promise<Holder | undefined> {
  if (calendar.access === 'owner') return { ownerId, calendar: calendar.name }
  const holderId = await calendarStore.ownerOf(db, calendar.belongs_to)
  return holderId === undefined ? undefined : { ownerId: holderId, calendar: nameAtHolder(calendar) }
}

/** The server calls a calendar that somebody shares after its name there. */
export function nameAtHolder({ name, access, belongs_to: uid }: SeenCalendar['calendar']): string {
  const suffix = `_shared_by_${uid}`
  return access !== 'owner' && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name
}
