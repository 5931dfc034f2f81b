import ICAL from 'ical.js'
import type { MessagePart } from '../sync/body-parts.ts'
import type { CalendarEvent, CalendarPart } from './view-wire.ts'

const maxEvents = 20
const maxAttendees = 200
const maxText = 2000

/** The part that carries an invitation or an answer to one (RFC 6047 §2.4): text/calendar, else a file of that name. */
export const calendarPartOf = (parts: readonly MessagePart[]): MessagePart | undefined =>
  parts.find(({ type }) => type === 'text/calendar') ??
  parts.find(({ type, filename }) => type === 'application/ics' || /\.ics$/i.test(filename ?? ''))

/**
 * What a calendar part says, for a card above the message; null for what is no iCalendar. `method` is null for a file
 * that asks for nothing. Never throws.
 */
export function readCalendarPart(part: string, text: string): CalendarPart | null {
  try {
    const calendar = new ICAL.Component(ICAL.parse(text))
    const root = calendar.name === 'vcalendar' ? calendar : undefined
    if (!root) return null
    const method = root.getFirstPropertyValue('method')
    const events = root.getAllSubcomponents('vevent').slice(0, maxEvents)
    return {
      part,
      method: typeof method === 'string' ? cut(method.toUpperCase(), 40) : null,
      events: events.flatMap((event) => eventOf(event) ?? []),
    }
  } catch {
    return null
  }
}

function eventOf(component: ICAL.Component): CalendarEvent | undefined {
  const event = new ICAL.Event(component)
  const start = timeOf(component, 'dtstart')
  if (!start) return undefined
  const organizer = component.getFirstProperty('organizer')
  return {
    uid: cut(event.uid ?? '', 500),
    sequence: Number.isSafeInteger(event.sequence) ? event.sequence : 0,
    summary: cut(event.summary ?? '', maxText),
    description: cut(event.description ?? '', maxText),
    location: cut(event.location ?? '', maxText),
    status: textOf(component, 'status'),
    start: start.time,
    end: endOf(event, start),
    is_all_day: start.isAllDay,
    time_zone: start.zone,
    recurrence_rule: textOf(component, 'rrule'),
    recurrence_id: timeOf(component, 'recurrence-id')?.time ?? null,
    organizer: organizer ? personOf(organizer) : null,
    attendees: component
      .getAllProperties('attendee')
      .slice(0, maxAttendees)
      .map((attendee) => ({ ...personOf(attendee), status: parameter(attendee, 'partstat') || 'NEEDS-ACTION' })),
  }
}

type ReadTime = { time: string; isAllDay: boolean; zone: string | null }

/** RFC 3339: a date alone for whole days, in UTC where the zone is known, without an offset where it is not. */
function timeOf(component: ICAL.Component, name: string): ReadTime | undefined {
  const property = component.getFirstProperty(name)
  const value = property?.getFirstValue()
  if (!property || !(value instanceof ICAL.Time)) return undefined
  const zone = cut(parameter(property, 'tzid'), 200) || null
  return { time: written(value, zone), isAllDay: value.isDate, zone }
}

function written(value: ICAL.Time, zone: string | null): string {
  if (value.isDate) return value.toString()
  const isFloating = value.zone === undefined || value.zone === ICAL.Timezone.localTimezone
  if (!isFloating) return value.toJSDate().toISOString()
  // A zone that the file does not define, but everybody knows.
  return (zone !== null && inZone(value, zone)) || value.toString()
}

/** A wall-clock time of an IANA zone in UTC; undefined for what is no such zone. */
function inZone(value: ICAL.Time, timeZone: string): string | undefined {
  const wall = Date.UTC(value.year, value.month - 1, value.day, value.hour, value.minute, value.second)
  try {
    // The offset at the time that it would be in UTC, then the one at the time found by that: right but for an hour of change.
    const first = wall - offsetAt(wall, timeZone)
    return new Date(wall - offsetAt(first, timeZone)).toISOString()
  } catch {
    return undefined
  }
}

function offsetAt(time: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  })
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1000) * 1000
}

/** By DTEND or DURATION; without either an event has none (RFC 5545 §3.6.1), but on a whole day. */
function endOf(event: ICAL.Event, start: ReadTime): string | null {
  const hasEnd = event.component.hasProperty('dtend') || event.component.hasProperty('duration')
  if (!hasEnd && !start.isAllDay) return null
  return timeOf(event.component, 'dtend')?.time ?? written(event.endDate, start.zone)
}

function personOf(property: ICAL.Property) {
  const address = String(property.getFirstValue() ?? '')
  return { name: cut(parameter(property, 'cn'), 500), email: cut(address.replace(/^mailto:/i, ''), 320) }
}

function textOf(component: ICAL.Component, name: string): string | null {
  const value = component.getFirstPropertyValue(name)
  return value === null || value === undefined ? null : cut(String(value), maxText)
}

function parameter(property: ICAL.Property, name: string): string {
  const value = property.getParameter(name)
  return String(Array.isArray(value) ? (value[0] ?? '') : (value ?? ''))
}

const cut = (text: string, length: number) => text.slice(0, length).toWellFormed().replaceAll('\0', '')
