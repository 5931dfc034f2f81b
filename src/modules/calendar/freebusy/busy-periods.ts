import { lengthOf, objectOf } from '../ical/calendar-object.ts'
import { allOf, type Component, firstOf, parseComponents } from '../ical/content-lines.ts'
import { eventsOf } from '../ical/event-fields.ts'
import { parseBasic } from '../ical/ical-time.ts'
import { expand } from '../ical/recurrence.ts'

export type BusyType = 'BUSY' | 'BUSY-TENTATIVE' | 'BUSY-UNAVAILABLE'
/** Instants. */
export type Period = { start: number; end: number; type: BusyType }
export type Range = { from: number; to: number }

/** Occurrences of all series of a text together. Who is busy more often is taken to be busy from there on. */
const maxOccurrences = 20_000

const types: readonly string[] = ['BUSY', 'BUSY-TENTATIVE', 'BUSY-UNAVAILABLE']

/**
 * When somebody is busy by what they or their server published: VFREEBUSY (RFC 5545 §3.6.4), or their events.
 * @throws SyntaxError for what is no calendar.
 */
export function readBusy(text: string, range: Range): Period[] {
  const calendars = parseComponents(text).filter(({ name }) => name === 'VCALENDAR')
  if (calendars.length === 0) throw new SyntaxError('The text is no calendar.')
  const periods = calendars.flatMap((calendar) => [
    ...calendar.components.filter(({ name }) => name === 'VFREEBUSY').flatMap(periodsOf),
    ...ofEvents(calendar, range),
  ])
  return joined(periods, range)
}

function periodsOf(freeBusy: Component): Period[] {
  return allOf(freeBusy, 'FREEBUSY').flatMap(({ value, params }) => {
    const type = (params.FBTYPE?.[0] ?? 'BUSY').toUpperCase()
    if (type === 'FREE') return []
    return value.split(',').flatMap((period) => {
      const [first = '', last = ''] = period.trim().split('/')
      const start = parseBasic(first)
      const end = parseBasic(last)?.wall ?? (start && start.wall + (lengthOf(last)?.ms ?? 0))
      const isKnown = types.includes(type)
      return start && end !== undefined ? [{ start: start.wall, end, type: isKnown ? (type as BusyType) : 'BUSY' }] : []
    })
  })
}

/** Calendars are published as a file with all events in it: each uid is an object for itself. */
function ofEvents(calendar: Component, { from, to }: Range): Period[] {
  const zones = calendar.components.filter(({ name }) => name === 'VTIMEZONE')
  const events = calendar.components.filter(({ name }) => name === 'VEVENT')
  let left = maxOccurrences
  const byUid = Map.groupBy(events, (event) => firstOf(event, 'UID')?.value ?? '')
  return [...byUid.values()].flatMap((components) => {
    const object = objectOf({ ...calendar, components: [...zones, ...components] })
    return eventsOf(object).flatMap(({ fields, times, recurrence }): Period[] => {
      const type = busyTypeOf(fields)
      if (!type) return []
      if (!recurrence) return [{ start: times.startsAt, end: times.endsAt, type }]
      const found = [...expand(recurrence, { from, to }).take(left + 1)]
      const isCutOff = found.length > left
      left = Math.max(0, left - found.length)
      return found.map(({ startsAt, endsAt }, at) => {
        return { start: startsAt, end: isCutOff && at === found.length - 1 ? to : endsAt, type }
      })
    })
  })
}

/** What an event does to the time that it takes; undefined for one that leaves it free. */
function busyTypeOf(fields: { transparency: string; status: string }): BusyType | undefined {
  if (fields.transparency === 'TRANSPARENT' || fields.status === 'CANCELLED') return undefined
  return fields.status === 'TENTATIVE' ? 'BUSY-TENTATIVE' : 'BUSY'
}

/** In their order, within the time; those of one type that touch are one. */
export function joined(periods: readonly Period[], { from, to }: Range): Period[] {
  const result: Period[] = []
  const lastOf = new Map<BusyType, Period>()
  const inside = periods
    .map((one) => ({ ...one, start: Math.max(one.start, from), end: Math.min(one.end, to) }))
    .filter(({ start, end }) => end > start)
    .toSorted((a, b) => a.start - b.start || a.end - b.end)
  for (const period of inside) {
    const last = lastOf.get(period.type)
    if (last && period.start <= last.end) {
      last.end = Math.max(last.end, period.end)
      continue
    }
    lastOf.set(period.type, period)
    result.push(period)
  }
  return result.toSorted((a, b) => a.start - b.start || a.end - b.end)
}
