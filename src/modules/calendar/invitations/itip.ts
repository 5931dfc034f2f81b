import { AppError } from '#platform/errors.ts'
import { type CalendarObject, emptyCalendar, objectOf } from '../ical/calendar-object.ts'
import {
  allOf,
  type Component,
  firstOf,
  formatComponents,
  type Property,
  property,
  textOf,
  withParams,
} from '../ical/content-lines.ts'
import { addressOf, eventsOf, reasonParam, sequenceOf } from '../ical/event-fields.ts'
import { sameAddress } from '../ical/event-writing.ts'
import { basicUtc } from '../ical/ical-time.ts'
import { timesOf } from '../ical/object-zones.ts'

export type Method = 'REQUEST' | 'CANCEL' | 'REPLY' | 'COUNTER' | 'DECLINECOUNTER'

export const componentsOf = ({ master, overrides }: CalendarObject): Component[] => [
  ...(master ? [master] : []),
  ...overrides.map(({ component }) => component),
]

/** Its events by the occurrence that they are about; the key of the whole is empty. */
export const partsOf = ({ master, overrides }: CalendarObject): { key: string; component: Component }[] => [
  ...(master ? [{ key: '', component: master }] : []),
  ...overrides,
]

/** When somebody made what a message says, in milliseconds (RFC 5545 §3.8.7.2); undefined where it does not say. */
export function stampedAt(event: Component): number | undefined {
  const [time] = timesOf(firstOf(event, 'DTSTAMP') ?? property('', ''))
  return time?.wall
}

export const overrideAt = (object: CalendarObject, key: string): Component | undefined =>
  object.overrides.find((one) => one.key === key)?.component

/** The event that an occurrence is of: its own where it was changed, else its series. */
export const eventAt = (object: CalendarObject, key: string): Component | undefined =>
  key === '' ? object.master : (overrideAt(object, key) ?? object.master)

/** Whether a message is about an earlier revision than the event's (RFC 5546 §2.1.5); one that does not say is not. */
export const isOutdated = (sent: Component, invited: Component): boolean =>
  firstOf(sent, 'SEQUENCE') !== undefined && sequenceOf(sent) < sequenceOf(invited)

/** @throws AppError `attendee_not_found` */
export function requireAttendee(event: Component, email: string): void {
  if (allOf(event, 'ATTENDEE').some((one) => sameAddress(addressOf(one), email))) return
  throw new AppError('not_found', 'attendee_not_found', 'Nobody of this address is invited to the event.')
}

/** Whose answer differs from what it was, and to which occurrence; a new occurrence was answered as its series. */
export const newAnswers = (before: CalendarObject, after: CalendarObject): { key: string; email: string }[] =>
  partsOf(after).flatMap(({ key, component }) => {
    const known = before.overrides.find((one) => one.key === key)?.component ?? before.master
    const earlier = new Map((known ? allOf(known, 'ATTENDEE') : []).map((one) => [emailOf(one), statusOf(one)]))
    return allOf(component, 'ATTENDEE')
      .filter((one) => statusOf(one) !== 'NEEDS-ACTION' && statusOf(one) !== earlier.get(emailOf(one)))
      .map((one) => ({ key, email: emailOf(one) }))
  })

const emailOf = (attendee: Property): string => addressOf(attendee).toLowerCase()
const statusOf = ({ params }: Property): string => params.PARTSTAT?.[0]?.toUpperCase() ?? 'NEEDS-ACTION'

/** Undefined for an event to which nobody is invited. */
export function organizerOf(object: CalendarObject): Property | undefined {
  const [organizer] = componentsOf(object).flatMap((event) => firstOf(event, 'ORGANIZER') ?? [])
  return organizer
}

/** Whether one of the addresses, in lower case, is the organizer's. */
export function organizerIn(object: CalendarObject, addresses: readonly string[]): boolean {
  const organizer = organizerOf(object)
  return organizer !== undefined && addresses.includes(addressOf(organizer).toLowerCase())
}

/** From whom such a message comes: who invites, who answers, or who sends for them (RFC 5545 §3.2.18). */
export function speakersOf(object: CalendarObject, method: string): string[] {
  const name = method === 'REPLY' || method === 'COUNTER' ? 'ATTENDEE' : 'ORGANIZER'
  const [speaker] = componentsOf(object).flatMap((event) => firstOf(event, name) ?? [])
  const deputy = speaker?.params['SENT-BY']?.[0]?.replace(/^mailto:/i, '')
  return [...(speaker ? [addressOf(speaker)] : []), ...(deputy ? [deputy] : [])]
}

/** What somebody answered, event by event; empty for one who is not invited. */
export const answersOf = (object: CalendarObject, email: string): string[] =>
  componentsOf(object).flatMap((event) =>
    allOf(event, 'ATTENDEE')
      .filter((one) => sameAddress(addressOf(one), email))
      .map(statusOf),
  )

/** The same where somebody comes no longer, as whoever deletes it means (RFC 6638 §3.2.2.3). */
export function declinedBy(object: CalendarObject, email: string): CalendarObject {
  const declined = (event: Component): Component => ({
    ...event,
    properties: event.properties.map((one) =>
      one.name === 'ATTENDEE' && sameAddress(addressOf(one), email)
        ? withParams(one, { PARTSTAT: 'DECLINED', RSVP: undefined })
        : one,
    ),
  })
  const components = object.calendar.components.map((one) => (one.name === 'VEVENT' ? declined(one) : one))
  return objectOf({ ...object.calendar, components })
}

/** What those invited must hear of when it changes (RFC 5546 §2.1.4). */
export const versionOf = (object: CalendarObject): string =>
  JSON.stringify(
    componentsOf(object).map((event) => [
      sequenceOf(event),
      ...['DTSTART', 'DTEND', 'RRULE', 'STATUS', 'LOCATION', 'SUMMARY', 'RECURRENCE-ID'].map(
        (name) => firstOf(event, name)?.value,
      ),
    ]),
  )

/** `attendee`: who answers or is answered. `sentBy`: the address of who acts in the place of whoever speaks. */
type MessageOptions = { attendee?: string; sentBy?: string | undefined; now: number }

/** RFC 5546: an object as a message to others. What the server noted about their being told is not for them. */
export function messageOf(object: CalendarObject, method: Method, options: MessageOptions): string {
  const { attendee, now, sentBy } = options
  const shell = emptyCalendar()
  const events = componentsOf(object).map((event) =>
    method === 'REPLY' || method === 'COUNTER' || method === 'DECLINECOUNTER'
      ? replyOf(event, method, { email: attendee ?? '', now })
      : toldOf(event, method, now),
  )
  const zones = object.calendar.components.filter(({ name }) => name === 'VTIMEZONE')
  const speaker = method === 'REPLY' || method === 'COUNTER' ? 'ATTENDEE' : 'ORGANIZER'
  if (sentBy !== undefined) for (const event of events) nameDeputy(event, speaker, sentBy)
  return formatComponents([
    { ...shell, properties: [...shell.properties, property('METHOD', method)], components: [...zones, ...events] },
  ])
}

/** Who acts in the place of whoever speaks (RFC 5545 §3.2.18). */
function nameDeputy(event: Component, speaker: 'ATTENDEE' | 'ORGANIZER', email: string): void {
  event.properties = event.properties.map((one) =>
    one.name === speaker ? withParams(one, { 'SENT-BY': `mailto:${email}` }) : one,
  )
}

/** Between a calendar and its server alone (RFC 6638 §7), or whoever reads it here. */
const noted = ['SCHEDULE-STATUS', 'SCHEDULE-AGENT', reasonParam]

function toldOf(event: Component, method: Method, now: number): Component {
  const properties = event.properties.map((one) =>
    (one.name === 'ATTENDEE' || one.name === 'ORGANIZER') && noted.some((name) => one.params[name])
      ? withParams(one, Object.fromEntries(noted.map((name) => [name, undefined])))
      : one,
  )
  const said = properties.filter(({ name }) => name !== 'DTSTAMP' && !(method === 'CANCEL' && name === 'STATUS'))
  const status = method === 'CANCEL' ? [property('STATUS', 'CANCELLED')] : []
  // Whose reminders they are is nobody else's business.
  const components = event.components.filter(({ name }) => name !== 'VALARM')
  return { ...event, properties: [...said, property('DTSTAMP', basicUtc(now)), ...status], components }
}

/** RFC 5546 §3.2.3, §3.2.7 and §3.2.8: who answers or is answered, and to what. */
function replyOf(event: Component, method: Method, { email, now }: { email: string; now: number }): Component {
  const kept = ['UID', 'SEQUENCE', 'RECURRENCE-ID', 'ORGANIZER', 'DTSTART', 'DTEND', 'DURATION', 'SUMMARY']
  const own = allOf(event, 'ATTENDEE').filter((one) => sameAddress(addressOf(one), email))
  // Of an event that is not made to be sent, comments are its owner's.
  const names = method === 'COUNTER' ? [...kept, 'COMMENT'] : kept
  const properties = names.flatMap((name) => allOf(event, name))
  return { name: 'VEVENT', properties: [...properties, ...own, property('DTSTAMP', basicUtc(now))], components: [] }
}

/** The same in words, for those whose program does not know invitations. */
export function wordsOf(object: CalendarObject): { title: string; text: string } {
  const [read] = eventsOf(object)
  const [event] = componentsOf(object)
  const title = (event && textOf(event, 'SUMMARY')) || 'Event'
  if (!read) return { title, text: title }
  const { fields, times } = read
  const at = (instant: number) => new Date(instant).toISOString().slice(0, 16).replace('T', ' ')
  const zone = fields.timezone ?? 'UTC'
  const when = fields.is_all_day
    ? `${at(times.start.wall).slice(0, 10)} – ${at(times.end.wall - 1).slice(0, 10)}`
    : `${at(times.start.wall)} – ${at(times.end.wall)} (${zone})`
  const lines = [
    title,
    '',
    `When: ${when}`,
    fields.rrule && `Repeats: ${fields.rrule}`,
    fields.location && `Where: ${fields.location}`,
  ]
  return {
    title,
    text: [...lines.filter((line) => line !== null && line !== undefined), '', fields.description].join('\n').trim(),
  }
}
