import { type CalendarObject, type EventTimes, timesOfEvent } from './calendar-object.ts'
import { allOf, type Component, firstOf, type Property, textOf, textsOf } from './content-lines.ts'
import { formatBasic, type IcalTime } from './ical-time.ts'
import { type ObjectZones, timesOf } from './object-zones.ts'
import { lastEnd, type Recurrence, recurrenceOf } from './recurrence.ts'

/** Parameter of an ATTENDEE by which a resource says why it declines. */
export const reasonParam = 'X-ULTI-REASON'

export type Attendee = {
  email: string
  name: string
  /** PARTSTAT. */
  status: string
  role: string
  rsvp: boolean
  /** CUTYPE: `INDIVIDUAL`, `ROOM`, `RESOURCE`, `GROUP`. */
  type: string
  /** Why a room or equipment declines: `taken`, `too_far`, `too_often`. */
  reason?: string
}
export type Conference = { uri: string; label: string; features: string[] }
export type Attachment = { uri: string; filename: string; content_type: string; size: number | null }
export type Alarm = { action: string; trigger: string; related: 'start' | 'end' }

/** What an event says, in the words of the API; plain JSON. Times are those of the wall in `timezone`. */
export type EventFields = {
  uid: string
  summary: string
  description: string
  location: string
  start: string
  end: string
  /** Null for dates, UTC, and times that are the same on every wall. */
  timezone: string | null
  /** Where the end is in another zone, as that of a flight. */
  end_timezone: string | null
  is_all_day: boolean
  organizer: string | null
  organizer_name: string
  attendees: Attendee[]
  status: string
  transparency: string
  visibility: string
  categories: string[]
  url: string | null
  conferences: Conference[]
  attachments: Attachment[]
  alarms: Alarm[]
  rrule: string | null
  rdates: string[]
  exdates: string[]
  recurrence_id: string | null
  sequence: number
  created_at: string | null
  updated_at: string | null
}

/** One event of an object, ready to be looked for by its time. */
export type ReadEvent = {
  /** Empty for the master. */
  key: string
  times: EventTimes
  /** Nothing of it is later; null for a series without an end. */
  rangeEnd: number | null
  recurrence: Recurrence | null
  fields: EventFields
}

/** Everything that takes place by an object: its master first, then each changed occurrence. */
export function eventsOf({ calendar, zones, master, overrides }: CalendarObject): ReadEvent[] {
  const moved = overrides.map(({ key }) => key)
  const read = (component: Component, key: string): ReadEvent[] => {
    const times = timesOfEvent(component, zones)
    if (!times) return []
    const recurrence =
      key === '' ? recurrenceOf(component, calendar, { length: times.length, moved, zones }) : undefined
    const rangeEnd = recurrence ? lastEnd(recurrence) : times.endsAt
    return [{ key, times, rangeEnd, recurrence: recurrence ?? null, fields: fieldsOf(component, times, zones) }]
  }
  return [...(master ? read(master, '') : []), ...overrides.flatMap(({ key, component }) => read(component, key))]
}

/** The name of a time's zone, as everybody knows it where there is such a name. */
const zoneNameOf = ({ zone }: IcalTime, zones: ObjectZones): string | null =>
  zone === null || zone === 'UTC' ? null : (zones.zoneOf(zone)?.id ?? zone)

export function fieldsOf(event: Component, times: EventTimes, zones: ObjectZones): EventFields {
  const organizer = firstOf(event, 'ORGANIZER')
  const [timezone, endZone] = [zoneNameOf(times.start, zones), zoneNameOf(times.end, zones)]
  const text = (name: string) => textOf(event, name) ?? ''
  const list = (name: string) => allOf(event, name).flatMap(timesOf).map(formatBasic)
  const [recurrenceId] = allOf(event, 'RECURRENCE-ID').flatMap(timesOf)
  return {
    ...{ uid: text('UID'), summary: text('SUMMARY'), description: text('DESCRIPTION'), location: text('LOCATION') },
    ...{ start: formatBasic(times.start), end: formatBasic(times.end), timezone },
    ...{ end_timezone: endZone === timezone ? null : (endZone ?? 'UTC'), is_all_day: times.start.isDate },
    organizer: organizer ? addressOf(organizer) : null,
    organizer_name: organizer?.params.CN?.[0] ?? '',
    attendees: allOf(event, 'ATTENDEE').map(attendeeOf),
    status: (firstOf(event, 'STATUS')?.value ?? 'CONFIRMED').toUpperCase(),
    transparency: (firstOf(event, 'TRANSP')?.value ?? 'OPAQUE').toUpperCase(),
    visibility: (firstOf(event, 'CLASS')?.value ?? 'PUBLIC').toUpperCase(),
    categories: [...new Set(allOf(event, 'CATEGORIES').flatMap(({ value }) => textsOf(value)))],
    url: firstOf(event, 'URL')?.value.trim() || null,
    conferences: allOf(event, 'CONFERENCE').map(conferenceOf),
    attachments: allOf(event, 'ATTACH').flatMap((one) => attachmentOf(one) ?? []),
    alarms: event.components.flatMap((one) => (one.name === 'VALARM' ? (alarmOf(one) ?? []) : [])),
    rrule: firstOf(event, 'RRULE')?.value ?? null,
    ...{ rdates: list('RDATE'), exdates: list('EXDATE') },
    recurrence_id: recurrenceId ? formatBasic(recurrenceId) : null,
    sequence: sequenceOf(event),
    ...{
      created_at: stampOf(event, 'CREATED'),
      updated_at: stampOf(event, 'LAST-MODIFIED') ?? stampOf(event, 'DTSTAMP'),
    },
  }
}

/** The address of an ORGANIZER or ATTENDEE; what is no mailto: stays as it is. */
export const addressOf = ({ value, params }: Property): string => {
  const address = value.trim().replace(/^mailto:/i, '')
  return address.includes('@') ? address : (params.EMAIL?.[0] ?? address)
}

export const attendeeOf = (attendee: Property): Attendee => {
  const { params } = attendee
  return {
    email: addressOf(attendee),
    name: params.CN?.[0] ?? '',
    status: (params.PARTSTAT?.[0] ?? 'NEEDS-ACTION').toUpperCase(),
    role: (params.ROLE?.[0] ?? 'REQ-PARTICIPANT').toUpperCase(),
    rsvp: params.RSVP?.[0]?.toUpperCase() === 'TRUE',
    type: (params.CUTYPE?.[0] ?? 'INDIVIDUAL').toUpperCase(),
    ...(params[reasonParam]?.[0] && { reason: params[reasonParam][0].toLowerCase().replaceAll('-', '_') }),
  }
}

const conferenceOf = ({ value, params }: Property): Conference => ({
  ...{ uri: value, label: params.LABEL?.[0] ?? '' },
  features: (params.FEATURE ?? []).flatMap((one) => one.split(',')),
})

/** RFC 5545 §3.8.1.1; bytes within the event are left where they are. */
function attachmentOf({ value, params }: Property): Attachment | undefined {
  if (params.VALUE?.[0]?.toUpperCase() === 'BINARY' || params.ENCODING) return undefined
  const [filename = ''] = params.FILENAME ?? params['X-FILENAME'] ?? []
  const size = Number(params.SIZE?.[0])
  return {
    uri: value,
    filename,
    content_type: params.FMTTYPE?.[0] ?? '',
    size: Number.isSafeInteger(size) ? size : null,
  }
}

function alarmOf(alarm: Component): Alarm | undefined {
  const trigger = firstOf(alarm, 'TRIGGER')
  if (!trigger) return undefined
  const related = trigger.params.RELATED?.[0]?.toUpperCase() === 'END' ? 'end' : 'start'
  return { action: (firstOf(alarm, 'ACTION')?.value ?? 'DISPLAY').toUpperCase(), trigger: trigger.value, related }
}

export const sequenceOf = (event: Component): number => {
  const sequence = Number(firstOf(event, 'SEQUENCE')?.value ?? 0)
  return Number.isSafeInteger(sequence) && sequence >= 0 ? sequence : 0
}

function stampOf(event: Component, name: string): string | null {
  const [time] = timesOf(firstOf(event, name) ?? { name, params: {}, value: '', line: '' })
  return time && !time.isDate ? new Date(time.wall).toISOString() : null
}
