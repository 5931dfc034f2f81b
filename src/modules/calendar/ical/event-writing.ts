import { timesOfEvent } from './calendar-object.ts'
import {
  allOf,
  type Component,
  escapeText,
  firstOf,
  type Property,
  property,
  setProperty,
  textOf,
  withParams,
} from './content-lines.ts'
import {
  type Alarm,
  type Attachment,
  addressOf,
  attendeeOf,
  type Conference,
  fieldsOf,
  sequenceOf,
} from './event-fields.ts'
import { basicUtc, formatBasic, type IcalTime, parseBasic } from './ical-time.ts'
import { type ObjectZones, timesOf } from './object-zones.ts'
import { formatRule, parseRule } from './rule.ts'
import { invalid, timeProperty, wantedTimes } from './wanted-times.ts'
import { ianaZone } from './zones.ts'

/** What somebody wants an event to say. What is absent stays as it is; null takes it away. */
export type WantedEvent = {
  summary?: string | null | undefined
  description?: string | null | undefined
  location?: string | null | undefined
  start: string
  end?: string | null | undefined
  timezone?: string | null | undefined
  end_timezone?: string | null | undefined
  organizer?: string | null | undefined
  attendees?: readonly WantedAttendee[] | null | undefined
  status?: string | null | undefined
  transparency?: string | null | undefined
  visibility?: string | null | undefined
  categories?: readonly string[] | null | undefined
  url?: string | null | undefined
  conferences?: readonly Partial<Conference>[] | null | undefined
  attachments?: readonly Partial<Attachment>[] | null | undefined
  alarms?: readonly Partial<Alarm>[] | null | undefined
  rrule?: string | null | undefined
  rdates?: readonly string[] | null | undefined
  exdates?: readonly string[] | null | undefined
}
export type WantedAttendee = {
  email: string
  name?: string | undefined
  status?: string | undefined
  role?: string | undefined
  rsvp?: boolean | undefined
  type?: string | undefined
}

/** Makes an event say what is wanted; all that it says beside stays as it came. @throws AppError `invalid_request_body` */
export function writeEvent(event: Component, wanted: WantedEvent, zones: ObjectZones): void {
  writeTimes(event, wanted, zones)
  writeText(event, 'SUMMARY', wanted.summary)
  writeText(event, 'DESCRIPTION', wanted.description)
  writeText(event, 'LOCATION', wanted.location)
  writeValue(event, 'STATUS', wanted.status)
  writeValue(event, 'TRANSP', wanted.transparency)
  writeValue(event, 'CLASS', wanted.visibility)
  writeValue(event, 'URL', wanted.url)
  writeOrganizer(event, wanted.organizer)
  writeAttendees(event, wanted.attendees)
  const now = fieldsNow(event, zones)
  const { categories, conferences, attachments, alarms } = wanted
  if (categories !== undefined && !isSame(categories ?? [], now?.categories)) {
    const text = (categories ?? []).map(escapeText).join(',')
    setProperty(event, 'CATEGORIES', ...(text === '' ? [] : [property('CATEGORIES', text)]))
  }
  if (conferences !== undefined) writeLinks(event, 'CONFERENCE', conferences ?? [], conferenceProperty)
  if (attachments !== undefined) writeLinks(event, 'ATTACH', attachments ?? [], attachmentProperty)
  if (alarms !== undefined && !isSame((alarms ?? []).map(wholeAlarm), now?.alarms)) writeAlarms(event, alarms ?? [])
  writeRecurrence(event, wanted)
}

const fieldsNow = (event: Component, zones: ObjectZones) => {
  const times = timesOfEvent(event, zones)
  return times && fieldsOf(event, times, zones)
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

function writeTimes(event: Component, wanted: WantedEvent, zones: ObjectZones): void {
  const before = timesOfEvent(event, zones)
  const { start, end } = wantedTimes(wanted, before && { start: before.start, end: before.end, zones })
  const isAt = (one: IcalTime, other: IcalTime) =>
    one.isDate === other.isDate &&
    one.wall === other.wall &&
    (one.zone === other.zone || zones.zoneOf(other.zone ?? '')?.id === one.zone)
  if (before && isAt(start, before.start) && (!end || isAt(end, before.end))) return
  setProperty(event, 'DTSTART', timeProperty('DTSTART', start))
  const moved = end ?? (before && { ...start, wall: start.wall + before.end.wall - before.start.wall })
  setProperty(event, 'DURATION')
  setProperty(event, 'DTEND', ...(moved && moved.isDate === start.isDate ? [timeProperty('DTEND', moved)] : []))
}

function writeText(event: Component, name: string, text: string | null | undefined): void {
  if (text === undefined || (text ?? '') === (textOf(event, name) ?? '')) return
  const before = firstOf(event, name)
  setProperty(event, name, ...(text ? [property(name, escapeText(text), { LANGUAGE: before?.params.LANGUAGE })] : []))
}

function writeValue(event: Component, name: string, value: string | null | undefined): void {
  if (value === undefined || value === (firstOf(event, name)?.value ?? null)) return
  setProperty(event, name, ...(value === null ? [] : [property(name, value)]))
}

function writeOrganizer(event: Component, email: string | null | undefined): void {
  if (email === undefined) return
  const before = firstOf(event, 'ORGANIZER')
  if (before && email !== null && sameAddress(addressOf(before), email)) return
  setProperty(event, 'ORGANIZER', ...(email === null ? [] : [property('ORGANIZER', `mailto:${email}`)]))
}

export const sameAddress = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

function writeAttendees(event: Component, attendees: readonly WantedAttendee[] | null | undefined): void {
  if (attendees === undefined) return
  const before = allOf(event, 'ATTENDEE')
  const kept = (attendees ?? []).map((wanted) => {
    const known = before.find((one) => sameAddress(addressOf(one), wanted.email))
    return known ? changedAttendee(known, wanted) : newAttendee(wanted)
  })
  setProperty(event, 'ATTENDEE', ...kept)
}

function changedAttendee(known: Property, wanted: WantedAttendee): Property {
  const now = attendeeOf(known)
  const changes = {
    ...(wanted.name !== undefined && wanted.name !== now.name && { CN: wanted.name || undefined }),
    ...(wanted.status !== undefined && wanted.status !== now.status && { PARTSTAT: wanted.status }),
    ...(wanted.role !== undefined && wanted.role !== now.role && { ROLE: wanted.role }),
    ...(wanted.rsvp !== undefined && wanted.rsvp !== now.rsvp && { RSVP: wanted.rsvp ? 'TRUE' : undefined }),
    ...(wanted.type !== undefined && wanted.type !== now.type && { CUTYPE: wanted.type }),
  }
  return Object.keys(changes).length === 0 ? known : withParams(known, changes)
}

const newAttendee = ({ email, name, status = 'NEEDS-ACTION', role, type, rsvp }: WantedAttendee): Property =>
  property('ATTENDEE', `mailto:${email}`, {
    ...{ CN: name || undefined, CUTYPE: type, ROLE: role ?? 'REQ-PARTICIPANT', PARTSTAT: status },
    RSVP: (rsvp ?? status === 'NEEDS-ACTION') ? 'TRUE' : undefined,
  })

/** Those that are there already stay as they are, bytes within the event too. */
function writeLinks<T extends { uri?: string | undefined }>(
  event: Component,
  name: string,
  wanted: readonly T[],
  make: (one: T) => Property,
): void {
  const before = allOf(event, name)
  const inline = before.filter(({ params }) => params.ENCODING !== undefined)
  const links = wanted.map((one) => before.find(({ value }) => value === one.uri) ?? make(one))
  setProperty(event, name, ...inline, ...links)
}

export const conferenceProperty = ({ uri = '', label, features = [] }: Partial<Conference>): Property =>
  property('CONFERENCE', uri, {
    ...{ VALUE: 'URI', FEATURE: features.length > 0 ? features : undefined, LABEL: label || undefined },
  })

const attachmentProperty = ({ uri = '', filename, content_type, size }: Partial<Attachment>): Property =>
  property('ATTACH', uri, {
    ...{ FMTTYPE: content_type || undefined, FILENAME: filename || undefined },
    SIZE: typeof size === 'number' ? String(size) : undefined,
  })

const wholeAlarm = ({ action = 'DISPLAY', trigger = '-PT15M', related = 'start' }: Partial<Alarm>): Alarm => ({
  ...{ action, trigger, related },
})

function writeAlarms(event: Component, alarms: readonly Partial<Alarm>[]): void {
  const before = event.components.filter(({ name }) => name === 'VALARM')
  const others = event.components.filter(({ name }) => name !== 'VALARM')
  const kept = alarms.map(wholeAlarm).map((wanted) => {
    const same = before.find(
      (one) =>
        firstOf(one, 'TRIGGER')?.value === wanted.trigger &&
        (firstOf(one, 'ACTION')?.value ?? 'DISPLAY').toUpperCase() === wanted.action,
    )
    return same ?? newAlarm(wanted, textOf(event, 'SUMMARY') ?? '')
  })
  event.components = [...others, ...kept]
}

/** RFC 5545 §3.6.6: each kind with what it must have. */
function newAlarm({ action, trigger, related }: Alarm, summary: string): Component {
  const isAbsolute = parseBasic(trigger) !== undefined
  const text = escapeText(summary || 'Reminder')
  const properties = [
    property('ACTION', action),
    property('TRIGGER', trigger, {
      VALUE: isAbsolute ? 'DATE-TIME' : undefined,
      RELATED: related === 'end' ? 'END' : undefined,
    }),
    ...(action === 'AUDIO' ? [] : [property('DESCRIPTION', text)]),
    ...(action === 'EMAIL' ? [property('SUMMARY', text)] : []),
  ]
  return { name: 'VALARM', properties, components: [] }
}

function writeRecurrence(event: Component, { rrule, rdates, exdates }: WantedEvent): void {
  const start = firstOf(event, 'DTSTART')
  if (rrule !== undefined && rrule !== (firstOf(event, 'RRULE')?.value ?? null)) {
    setProperty(event, 'RRULE', ...(rrule === null ? [] : [property('RRULE', checkedRule(rrule, start))]))
  }
  const list = (name: string, path: string, texts: readonly string[] | null | undefined) => {
    if (texts === undefined) return
    const now = allOf(event, name).flatMap(timesOf).map(formatBasic)
    if (isSame(now, texts ?? [])) return
    setProperty(event, name, ...(texts ?? []).map((text, index) => dateOf(name, text, start, `${path}.${index}`)))
  }
  list('RDATE', 'body.rdates', rdates)
  list('EXDATE', 'body.exdates', exdates)
}

/** RFC 5545 §3.3.10: UNTIL is a date where the start is one, and in UTC where the start has a zone. */
function checkedRule(text: string, start: Property | undefined): string {
  const rule = parseRule(text)
  if (!rule || rule.frequency === 'SECONDLY' || rule.frequency === 'MINUTELY') {
    throw invalid('body.rrule', 'must be a rule as RFC 5545 has it, of hours at least: FREQ=WEEKLY;BYDAY=MO')
  }
  const time = parseBasic(start?.value ?? '', start?.params.TZID?.[0] ?? null)
  if (!rule.until || !time) return text
  if (time.isDate) return formatRule({ ...rule, until: { ...rule.until, isDate: true, zone: null } })
  if (time.zone === null || rule.until.zone === 'UTC') return text
  // A day is meant to its end, a time without a zone in that of the start.
  const wall = rule.until.isDate ? rule.until.wall + 86_399_000 : rule.until.wall
  const instant = ianaZone(time.zone)?.instantOf(wall) ?? wall
  return formatRule({ ...rule, until: { wall: instant, isDate: false, zone: 'UTC' } })
}

function dateOf(name: string, text: string, start: Property | undefined, path: string): Property {
  const time = parseBasic(text, start?.params.TZID?.[0] ?? null)
  if (!time) throw invalid(path, 'must be a date or a time as 20260523 or 20260523T110000')
  return timeProperty(name, time)
}

/** RFC 5545 §3.8.7. `isSignificant`: those invited must be told anew (RFC 5546 §2.1.4). */
export function stamp(event: Component, options: { now: number; isSignificant: boolean }): void {
  const now = basicUtc(options.now)
  setProperty(event, 'DTSTAMP', property('DTSTAMP', now))
  setProperty(event, 'LAST-MODIFIED', property('LAST-MODIFIED', now))
  if (!firstOf(event, 'CREATED')) setProperty(event, 'CREATED', property('CREATED', now))
  const sequence = sequenceOf(event) + (options.isSignificant ? 1 : 0)
  if (options.isSignificant || !firstOf(event, 'SEQUENCE'))
    setProperty(event, 'SEQUENCE', property('SEQUENCE', String(sequence)))
}
