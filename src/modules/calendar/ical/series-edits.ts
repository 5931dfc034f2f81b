import { type CalendarObject, emptyCalendar, objectOf, timesOfEvent } from './calendar-object.ts'
import { allOf, type Component, firstOf, property, setProperty } from './content-lines.ts'
import { eventsOf } from './event-fields.ts'
import { stamp, type WantedEvent, writeEvent } from './event-writing.ts'
import { formatBasic, type IcalTime, parseBasic } from './ical-time.ts'
import { instantOf, type ObjectZones, occurrenceKey, timesOf } from './object-zones.ts'
import { expand, type Occurrence, type Recurrence } from './recurrence.ts'
import { formatRule, parseRule } from './rule.ts'
import { shiftSeries } from './series-shift.ts'
import { timeProperty, wantedTimes } from './wanted-times.ts'

/**
 * Changes of a series. All of them change the object in place. `now` is stamped into what is changed; `isOrganizer`: it
 * is theirs to tell those invited, so a change of times takes their answers back (RFC 5546 §3.2.2.1).
 */
export type EditOptions = { now: number; isOrganizer: boolean }

const cloneOf = ({ name, properties, components }: Component): Component => ({
  ...{ name, properties: [...properties], components: components.map(cloneOf) },
})

/** Changes an event by its own, or the whole series. @throws AppError `invalid_request_body` */
export function editAll(object: CalendarObject, wanted: WantedEvent, options: EditOptions): void {
  const event = object.master ?? object.overrides[0]?.component
  if (!event) return
  const before = scheduleOf(event)
  const times = timesOfEvent(event, object.zones)
  change(object, event, wanted, options)
  const after = timesOfEvent(event, object.zones)
  if (before !== scheduleOf(event) && object.master && times && after) {
    for (const moved of shiftSeries(object, { before: times, after, wanted })) {
      if (options.isOrganizer) resetAnswers(moved)
      stamp(moved, { now: options.now, isSignificant: options.isOrganizer })
    }
    dropStray(object)
  }
}

const scheduleProperties = ['DTSTART', 'DTEND', 'DURATION', 'RRULE', 'RDATE', 'EXDATE']
const scheduleOf = (event: Component): string =>
  JSON.stringify(scheduleProperties.map((name) => allOf(event, name).map(({ value, params }) => [value, params.TZID])))
const significantOf = (event: Component): string =>
  JSON.stringify([scheduleOf(event), ...['LOCATION', 'STATUS', 'SUMMARY'].map((name) => firstOf(event, name)?.value)])

function change({ zones }: CalendarObject, event: Component, wanted: WantedEvent, options: EditOptions): void {
  const [schedule, significant] = [scheduleOf(event), significantOf(event)]
  writeEvent(event, wanted, zones)
  if (options.isOrganizer && schedule !== scheduleOf(event)) resetAnswers(event)
  stamp(event, { now: options.now, isSignificant: options.isOrganizer && significant !== significantOf(event) })
}

/** Nobody has agreed to the new time yet, but the one who chose it. */
function resetAnswers(event: Component): void {
  const organizer = firstOf(event, 'ORGANIZER')?.value.toLowerCase()
  const reset = allOf(event, 'ATTENDEE').map((one) => {
    if (one.value.toLowerCase() === organizer || one.params.PARTSTAT?.[0] === undefined) return one
    return property('ATTENDEE', one.value, { ...one.params, PARTSTAT: 'NEEDS-ACTION', RSVP: 'TRUE' })
  })
  setProperty(event, 'ATTENDEE', ...reset)
}

/** A changed occurrence that is none any more. */
function dropStray(object: CalendarObject): void {
  const stray = object.overrides.filter(({ key }) => !occurrenceOf(object, key))
  remove(
    object,
    stray.map(({ component }) => component),
  )
}

function remove(object: CalendarObject, components: readonly Component[]): void {
  object.calendar.components = object.calendar.components.filter((one) => !components.includes(one))
  object.overrides = object.overrides.filter(({ component }) => !components.includes(component))
}

/** The series as it would be without changed occurrences; undefined for what takes place once. */
function recurrenceOfSeries({ calendar, master, zones, uid }: CalendarObject): Recurrence | null {
  if (!master) return null
  const [read] = eventsOf({ calendar, master, zones, uid, overrides: [] })
  return read?.recurrence ?? null
}

/** An occurrence by its key; undefined where the series has none then. */
function occurrenceOf(object: CalendarObject, key: string): Occurrence | undefined {
  const recurrence = recurrenceOfSeries(object)
  const at = parseBasic(key)
  if (!recurrence || !at) return undefined
  const day = 86_400_000
  for (const one of expand(recurrence, { from: at.wall - day, to: at.wall + 2 * day })) if (one.key === key) return one
  return undefined
}

/** The key that somebody means by a RECURRENCE-ID in any form: in UTC, on the wall of the series, or a date. */
export function keyOf(object: CalendarObject, recurrenceId: string): string | undefined {
  const [start] = object.master ? timesOf(firstOf(object.master, 'DTSTART') ?? property('', '')) : []
  const time = parseBasic(recurrenceId, start?.zone ?? null)
  return time && occurrenceKey(time, object.zones)
}

/**
 * What is wanted of a series by somebody who looks at one of its occurrences: the series moves as far as that occurrence
 * would. Undefined where there is no such occurrence. @throws AppError `invalid_request_body`
 */
export function asOfSeries(object: CalendarObject, key: string, wanted: WantedEvent): WantedEvent | undefined {
  const { master, zones } = object
  const first = master && timesOfEvent(master, zones)
  if (!first || !recurrenceOfSeries(object)) return wanted
  const override = object.overrides.find((one) => one.key === key)
  const at = override ? timesOfEvent(override.component, zones)?.start : occurrenceOf(object, key)?.start
  if (!at) return undefined
  const current = override ? at : { ...at, zone: first.start.zone }
  const asked = wantedTimes(wanted, { start: current, zones })
  const start = movedAlike(first.start, { from: current, to: asked.start, zones })
  const end = asked.end && { ...asked.end, wall: start.wall + asked.end.wall - asked.start.wall }
  const isInZone = wanted.timezone === undefined && start.zone !== null && start.zone !== 'UTC'
  return {
    ...{ ...wanted, start: formatBasic(start), ...(end && { end: formatBasic(end) }) },
    ...(isInZone && { timezone: start.zone }),
  }
}

/** On the wall where both are on the same, else by the clock. */
function movedAlike(
  time: IcalTime,
  { from, to, zones }: { from: IcalTime; to: IcalTime; zones: ObjectZones },
): IcalTime {
  const zone = to.zone === null ? undefined : zones.zoneOf(to.zone)
  if (from.zone === to.zone || from.zone === null || !zone) return { ...to, wall: time.wall + to.wall - from.wall }
  const by = instantOf(to, zones) - instantOf(from, zones)
  return { ...to, wall: zone.wallOf(instantOf(time, zones) + by) }
}

/** Changes one occurrence. @returns false where there is none. @throws AppError `invalid_request_body` */
export function editOne(object: CalendarObject, key: string, wanted: WantedEvent, options: EditOptions): boolean {
  const event = object.overrides.find((one) => one.key === key)?.component ?? addOverride(object, key)
  if (!event) return false
  // One occurrence does not repeat.
  const { rrule: _rule, rdates: _added, exdates: _excluded, ...rest } = wanted
  change(object, event, rest, options)
  return true
}

/** Makes the occurrence an event of its own within the object; undefined where the series has none then. */
export function addOverride(object: CalendarObject, key: string): Component | undefined {
  const { master, calendar, overrides } = object
  const occurrence = occurrenceOf(object, key)
  const times = master && timesOfEvent(master, object.zones)
  if (!master || !occurrence || !times) return undefined
  const event = cloneOf(master)
  for (const name of ['RRULE', 'RDATE', 'EXDATE', 'DURATION']) setProperty(event, name)
  const start: IcalTime = { ...occurrence.start, zone: times.start.zone }
  const end: IcalTime = { ...times.end, wall: times.end.wall + start.wall - times.start.wall }
  setProperty(event, 'DTSTART', timeProperty('DTSTART', start))
  setProperty(event, 'DTEND', timeProperty('DTEND', end))
  setProperty(event, 'RECURRENCE-ID', timeProperty('RECURRENCE-ID', start))
  calendar.components = [...calendar.components, event]
  overrides.push({ key, component: event })
  return event
}

/** Takes one occurrence out of the series. @returns false where there is none. */
export function removeOne(object: CalendarObject, key: string, options: EditOptions): boolean {
  const override = object.overrides.find((one) => one.key === key)
  const occurrence = occurrenceOf(object, key)
  if (!override && !occurrence) return false
  if (override) remove(object, [override.component])
  const { master } = object
  const [start] = master ? timesOf(firstOf(master, 'DTSTART') ?? property('', '')) : []
  if (master && occurrence && start) {
    const excluded = timeProperty('EXDATE', { ...occurrence.start, zone: start.zone })
    master.properties = [...master.properties, excluded]
    stamp(master, { now: options.now, isSignificant: options.isOrganizer })
  }
  return true
}

/** Whether nothing is left of it. */
export const isEmpty = (object: CalendarObject): boolean => {
  if (!object.master) return object.overrides.length === 0
  const recurrence = recurrenceOfSeries(object)
  if (!recurrence || object.overrides.length > 0) return false
  return expand(recurrence, { from: -8e15, to: 8e15 }).next().done === true
}

/** Ends the series before an occurrence. @returns false where there is none; `first` when nothing would be left. */
export function endBefore(object: CalendarObject, key: string, options: EditOptions): boolean | 'first' {
  const { master } = object
  const occurrence = occurrenceOf(object, key) ?? overriddenOccurrence(object, key)
  const recurrence = recurrenceOfSeries(object)
  if (!master || !occurrence || !recurrence) return false
  if (formatBasic(occurrence.start) === recurrence.start) return 'first'
  const rule = parseRule(firstOf(master, 'RRULE')?.value ?? '')
  const { start, startsAt } = occurrence
  const isZoned = recurrence.zone !== null
  const until: IcalTime = start.isDate
    ? { wall: start.wall - 86_400_000, isDate: true, zone: null }
    : { wall: (isZoned ? startsAt : start.wall) - 1000, isDate: false, zone: isZoned ? 'UTC' : null }
  if (rule) setProperty(master, 'RRULE', property('RRULE', formatRule({ ...rule, count: undefined, until })))
  for (const name of ['RDATE', 'EXDATE']) {
    const before = allOf(master, name).flatMap((one) => timesOf(one).filter((time) => time.wall < start.wall))
    setProperty(master, name, ...before.map((time) => timeProperty(name, time)))
  }
  remove(
    object,
    object.overrides.filter((one) => one.key >= key).map(({ component }) => component),
  )
  stamp(master, { now: options.now, isSignificant: options.isOrganizer })
  return true
}

const overriddenOccurrence = (object: CalendarObject, key: string): Occurrence | undefined =>
  object.overrides.some((one) => one.key === key) ? occurrenceOf(object, key) : undefined

/**
 * The series from an occurrence on, as an object of its own; the given one ends before. Undefined where there is no such
 * occurrence, `first` when it is the first: then it is the whole that is to be changed.
 */
export function splitAt(
  object: CalendarObject,
  key: string,
  { uid, ...options }: EditOptions & { uid: string },
): CalendarObject | 'first' | undefined {
  const { master } = object
  const occurrence = occurrenceOf(object, key)
  const times = master && timesOfEvent(master, object.zones)
  if (!master || !occurrence || !times) return undefined
  const following = cloneOf(master)
  const later = object.overrides.filter((one) => one.key >= key).map(({ component }) => cloneOf(component))
  const counted = remainingCount(object, occurrence)
  const ended = endBefore(object, key, options)
  if (ended !== true) return ended === 'first' ? 'first' : undefined
  const start: IcalTime = { ...occurrence.start, zone: times.start.zone }
  setProperty(following, 'DTSTART', timeProperty('DTSTART', start))
  setProperty(
    following,
    'DTEND',
    timeProperty('DTEND', { ...times.end, wall: times.end.wall + start.wall - times.start.wall }),
  )
  setProperty(following, 'DURATION')
  const rule = parseRule(firstOf(following, 'RRULE')?.value ?? '')
  if (rule && counted !== undefined)
    setProperty(following, 'RRULE', property('RRULE', formatRule({ ...rule, count: counted })))
  for (const name of ['RDATE', 'EXDATE']) {
    const kept = allOf(following, name).flatMap((one) => timesOf(one).filter((time) => time.wall >= start.wall))
    setProperty(following, name, ...kept.map((time) => timeProperty(name, time)))
  }
  for (const component of [following, ...later]) setProperty(component, 'UID', property('UID', uid))
  const timezones = object.calendar.components.filter(({ name }) => name === 'VTIMEZONE')
  return objectOf({ ...emptyCalendar(), components: [...timezones, following, ...later] })
}

/** Of a series that ends after a number of occurrences. */
function remainingCount(object: CalendarObject, { start }: Occurrence): number | undefined {
  const recurrence = recurrenceOfSeries(object)
  const rule = object.master && parseRule(firstOf(object.master, 'RRULE')?.value ?? '')
  if (!recurrence || rule?.count === undefined) return undefined
  let before = 0
  for (const one of expand({ ...recurrence, excluded: [], added: [] }, { from: -8e15, to: 8e15 })) {
    if (one.start.wall >= start.wall) break
    before++
  }
  return Math.max(1, rule.count - before)
}
