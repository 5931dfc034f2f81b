import { type Component, firstOf, formatComponents, parseComponents, property, textOf } from './content-lines.ts'
import { dayMs, type IcalTime } from './ical-time.ts'
import { instantOf, type ObjectZones, occurrenceKey, timesOf, zonesOf } from './object-zones.ts'
import type { Length } from './recurrence.ts'
import { timezoneComponent } from './vtimezone.ts'
import { ianaZone } from './zones.ts'

/**
 * One object of a calendar (RFC 4791 §4.1): an event with all of its changed occurrences. An attendee's object may hold
 * some occurrences and no master, when they are invited to those alone.
 */
export type CalendarObject = {
  calendar: Component
  zones: ObjectZones
  uid: string
  master: Component | undefined
  overrides: { key: string; component: Component }[]
}

/** Reads an object; its events are none when it holds to-dos or journals. @throws SyntaxError */
export function readObject(text: string): CalendarObject {
  const [calendar] = parseComponents(text)
  if (calendar?.name !== 'VCALENDAR') throw new SyntaxError('The text is no calendar.')
  return objectOf(calendar)
}

export function objectOf(calendar: Component): CalendarObject {
  const zones = zonesOf(calendar)
  const events = calendar.components.filter(({ name }) => name === 'VEVENT')
  const others = calendar.components.find(({ name }) => name !== 'VTIMEZONE')
  const uid = textOf(events[0] ?? others ?? calendar, 'UID') ?? ''
  const overrides = events.flatMap((component) => {
    const [id] = timesOf(firstOf(component, 'RECURRENCE-ID') ?? noProperty)
    return id ? [{ key: occurrenceKey(id, zones), component }] : []
  })
  const master = events.find((one) => !firstOf(one, 'RECURRENCE-ID'))
  return { calendar, zones, uid, master, overrides }
}

const noProperty = { name: '', params: {}, value: '', line: '' }

const productId = '-//Ulti//Calendar//EN'

/** A calendar with nothing in it yet. */
export const emptyCalendar = (): Component => ({
  name: 'VCALENDAR',
  properties: [property('VERSION', '2.0'), property('PRODID', productId), property('CALSCALE', 'GREGORIAN')],
  components: [],
})

/** As text, with a VTIMEZONE for each zone that it names and does not define (RFC 5545 §3.6.5). */
export function formatObject({ calendar }: Pick<CalendarObject, 'calendar'>): string {
  const defined = new Set(
    calendar.components.filter(({ name }) => name === 'VTIMEZONE').map((one) => textOf(one, 'TZID')),
  )
  const named = new Map<string, number>()
  for (const component of calendar.components.filter(({ name }) => name !== 'VTIMEZONE')) {
    for (const one of component.properties) {
      const tzid = one.params.TZID?.[0]
      const [time] = tzid === undefined ? [] : timesOf(one)
      if (tzid !== undefined && time && !defined.has(tzid) && ianaZone(tzid)) {
        named.set(tzid, Math.min(named.get(tzid) ?? time.wall, time.wall))
      }
    }
  }
  const added = [...named].map(([tzid, from]) => timezoneComponent(tzid, from))
  return formatComponents([{ ...calendar, components: [...added, ...calendar.components] }])
}

export type EventTimes = {
  start: IcalTime
  end: IcalTime
  /** Instants; of dates and of times without a zone as if they were in UTC. */
  startsAt: number
  endsAt: number
  length: Length
  /** It is the same on every wall. */
  isFloating: boolean
}

/** When an event takes place; undefined for one without a start that can be read. */
export function timesOfEvent(event: Component, zones: ObjectZones): EventTimes | undefined {
  const [start] = timesOf(firstOf(event, 'DTSTART') ?? noProperty)
  if (!start) return undefined
  const startsAt = instantOf(start, zones)
  const isFloating = start.isDate || start.zone === null || !zones.zoneOf(start.zone)
  const [end] = timesOf(firstOf(event, 'DTEND') ?? noProperty)
  if (end && end.isDate === start.isDate) {
    const endsAt = Math.max(instantOf(end, zones), startsAt)
    // RFC 5545 §3.6.1: a day at least, whatever some programs write.
    const ms = start.isDate ? Math.max(endsAt - startsAt, dayMs) : endsAt - startsAt
    const isShort = ms !== endsAt - startsAt
    return {
      ...{ start, end: isShort ? { ...end, wall: start.wall + ms } : end, startsAt, endsAt: startsAt + ms, isFloating },
      length: { ms, isNominal: false },
    }
  }
  const length = lengthOf(firstOf(event, 'DURATION')?.value) ?? {
    ms: start.isDate ? dayMs : 0,
    isNominal: start.isDate,
  }
  const zone = start.zone === null ? undefined : zones.zoneOf(start.zone)
  const endsAt = length.isNominal && zone ? zone.instantOf(start.wall + length.ms) : startsAt + length.ms
  const endWall = zone ? zone.wallOf(endsAt) : start.wall + length.ms
  return { start, end: { ...start, wall: endWall }, startsAt, endsAt, length, isFloating }
}

/** RFC 5545 §3.3.6; whole days are days whatever the clocks do. Undefined for what is none, or goes back in time. */
export function lengthOf(value: string | undefined): Length | undefined {
  const [, weeks, days, hours, minutes, seconds] =
    /^\+?P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?$/.exec(value ?? '') ?? []
  const clock = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds ?? 0)
  const whole = Number(weeks ?? 0) * 7 + Number(days ?? 0)
  if (
    value === undefined ||
    !/\d/.test(value) ||
    [weeks, days, hours, minutes, seconds].every((one) => one === undefined)
  ) {
    return undefined
  }
  return { ms: whole * dayMs + clock * 1000, isNominal: clock === 0 }
}
