import ICAL from 'ical.js'
import { DavError } from '../dav-exchange.ts'

/** @throws DavError 415 for what is no iCalendar object of events, to-dos or journals. */
export function readCalendar(content: string): ICAL.Component {
  try {
    const calendar = new ICAL.Component(ICAL.parse(content) as unknown[])
    if (calendar.name === 'vcalendar' && objectsOf(calendar).length > 0) return calendar
  } catch {
    // Answered below.
  }
  throw new DavError(415, 'UnsupportedMediaType', 'This resource only supports valid iCalendar 2.0 data.')
}

export const objectsOf = (calendar: ICAL.Component): ICAL.Component[] =>
  calendar.getAllSubcomponents().filter(({ name }) => name !== 'vtimezone')

export const uidOf = (content: string): string | undefined =>
  objectsOf(readCalendar(content))[0]?.getFirstPropertyValue('uid')?.toString()

/** The address of an ORGANIZER or ATTENDEE, in lower case. */
export const addressOf = (property: ICAL.Property | null): string =>
  String(property?.getFirstValue() ?? '')
    .replace(/^mailto:/i, '')
    .toLowerCase()

export const attendeesOf = (component: ICAL.Component): ICAL.Property[] => component.getAllProperties('attendee')

export const recurrenceIdOf = (component: ICAL.Component): string =>
  component.getFirstPropertyValue('recurrence-id')?.toString() ?? ''
