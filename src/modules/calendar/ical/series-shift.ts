import { type CalendarObject, type EventTimes, timesOfEvent } from './calendar-object.ts'
import { allOf, type Component, firstOf, property, setProperty } from './content-lines.ts'
import type { WantedEvent } from './event-writing.ts'
import { dayMs, type IcalTime } from './ical-time.ts'
import { instantOf, type ObjectZones, occurrenceKey, timesOf } from './object-zones.ts'
import { formatRule, parseRule } from './rule.ts'
import { type RuleMove, shiftedRule } from './rule-shift.ts'
import { timeProperty } from './wanted-times.ts'

/** How a series was moved, and what was said besides of its rule, its further and its left out occurrences. */
type SeriesMove = { before: EventTimes; after: EventTimes; wanted: Pick<WantedEvent, 'rrule' | 'rdates' | 'exdates'> }

/**
 * Moves all that belongs to a series along with its first occurrence: the days of its rule and its end, further
 * occurrences, those left out and those changed, which keep their distance. What was said anew is taken as it is said.
 * @returns the changed occurrences that take place at another time now
 */
export function shiftSeries(object: CalendarObject, { before, after, wanted }: SeriesMove): Component[] {
  const { master, zones } = object
  if (!master) return []
  const move = moveOf(before.start, after.start, zones)
  if (!isSame(before.start, after.start)) {
    const moved = (name: string) => {
      const times = allOf(master, name).flatMap(timesOf)
      setProperty(master, name, ...times.map((time) => timeProperty(name, move(time))))
    }
    if (wanted.exdates === undefined) moved('EXDATE')
    if (wanted.rdates === undefined) moved('RDATE')
    if (wanted.rrule === undefined) moveRule(master, { from: before.start, to: after.start, zones })
  }
  return object.overrides
    .filter((override) => {
      const [id] = timesOf(firstOf(override.component, 'RECURRENCE-ID') ?? property('', ''))
      if (id && !isSame(before.start, after.start)) {
        setProperty(override.component, 'RECURRENCE-ID', timeProperty('RECURRENCE-ID', move(id)))
        override.key = occurrenceKey(move(id), zones)
      }
      return moveOverride(override.component, { before, after, zones })
    })
    .map(({ component }) => component)
}

const isSame = (one: IcalTime, other: IcalTime): boolean =>
  one.wall === other.wall && one.zone === other.zone && one.isDate === other.isDate

/** Where a time of the series is after the move: as far from its start, on its wall, as it was. */
function moveOf(from: IcalTime, to: IcalTime, zones: ObjectZones): (time: IcalTime) => IcalTime {
  const by = to.wall - from.wall
  return (time) => {
    // A day of a series of times is left out as a whole.
    if (time.isDate && !from.isDate) return { ...time, wall: time.wall + dayOf(to.wall) - dayOf(from.wall) }
    const wall = wallIn(time, from, zones) + by
    return { wall: to.isDate ? dayOf(wall) : wall, isDate: to.isDate, zone: to.zone }
  }
}

const dayOf = (wall: number): number => Math.floor(wall / dayMs) * dayMs

/** A time on the wall of the series. */
function wallIn(time: IcalTime, { zone }: IcalTime, zones: ObjectZones): number {
  const wanted = zone === null ? undefined : zones.zoneOf(zone)
  if (time.zone === zone || time.zone === null || time.isDate || !wanted) return time.wall
  return wanted.wallOf(instantOf(time, zones))
}

function moveRule(master: Component, move: RuleMove): void {
  const rules = allOf(master, 'RRULE').map((one) => {
    const rule = parseRule(one.value)
    return rule ? property('RRULE', formatRule(shiftedRule(rule, move))) : one
  })
  setProperty(master, 'RRULE', ...rules)
}

/** @returns whether it takes place at another time now; one that lasted as long as its series goes on to. */
function moveOverride(
  event: Component,
  { before, after, zones }: { before: EventTimes; after: EventTimes; zones: ObjectZones },
): boolean {
  const own = timesOfEvent(event, zones)
  if (!own) return false
  const by = after.start.wall - before.start.wall
  const isOfSeries = own.start.zone === before.start.zone || after.start.isDate !== before.start.isDate
  const move = moveOf(before.start, after.start, zones)
  const start = isOfSeries ? move(own.start) : { ...own.start, wall: own.start.wall + by }
  const spanOf = (times: EventTimes): number => times.end.wall - times.start.wall
  const isAsLong = spanOf(own) === spanOf(before) || own.start.isDate !== start.isDate
  const isElsewhere = own.end.zone !== own.start.zone
  const end = isElsewhere
    ? { ...own.end, wall: own.end.wall + by }
    : { ...start, wall: start.wall + (isAsLong ? spanOf(after) : spanOf(own)) }
  if (isSame(start, own.start) && isSame(end, own.end)) return false
  setProperty(event, 'DTSTART', timeProperty('DTSTART', start))
  setProperty(event, 'DURATION')
  setProperty(event, 'DTEND', timeProperty('DTEND', end))
  return true
}
