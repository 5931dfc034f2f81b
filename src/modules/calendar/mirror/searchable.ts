import type { SearchDocument } from '#modules/search/index.ts'
import { idOfCalendar } from '../calendars/calendar-id.ts'
import { pathOf } from '../events/event-path.ts'
import type { NewObject, Written } from './object-store.ts'

export const searchType = 'calendar.event'

/** How an object is found; undefined for one without events. */
export function searchDocumentOf(
  { ownerId, uid, calendar }: { ownerId: string; uid: string; calendar: { name: string; display_name: string } },
  { id }: Written,
  { name, events }: NewObject,
): SearchDocument | undefined {
  const [first] = events
  if (!first) return undefined
  const { fields } = first
  const path = pathOf({ uid, calendar: calendar.name, name })
  const organizer = fields.organizer
    ? [{ name: fields.organizer_name, email: fields.organizer, role: 'from' as const }]
    : []
  return {
    ...{ ownerId, type: searchType, id, title: fields.summary, when: new Date(first.startsAt) },
    text: [fields.location, fields.description, ...events.slice(1).map((one) => one.fields.summary)]
      .filter(Boolean)
      .join('\n'),
    people: [
      ...organizer,
      ...fields.attendees.map(({ name: called, email }) => ({ name: called, email, role: 'to' as const })),
    ],
    containers: [{ id: idOfCalendar(calendar.name), name: calendar.display_name }],
    labels: fields.categories,
    hasAttachments: fields.attachments.length > 0,
    link: `/api/v1/calendar/events${path}`,
    place: { calendar_id: idOfCalendar(calendar.name), path },
  }
}
