import { dayMs, type IcalTime } from './ical-time.ts'
import { instantOf, type ObjectZones } from './object-zones.ts'
import type { Rule, RuleDay } from './rule.ts'

/** From where to where the first occurrence of a series is moved. */
export type RuleMove = { from: IcalTime; to: IcalTime; zones: ObjectZones }

/**
 * The rule of the same series, moved: its weekdays, its one day of the month or its month, and its end, where they are
 * those of the first occurrence. What says more than that stays.
 */
export function shiftedRule(rule: Rule, move: RuleMove): Rule {
  const until = rule.until && shiftedUntil(rule.until, move)
  const [from, to] = [new Date(move.from.wall), new Date(move.to.wall)]
  const days = Math.floor(move.to.wall / dayMs) - Math.floor(move.from.wall / dayMs)
  const replaced = (list: readonly number[], before: number, after: number): number[] =>
    list.length === 1 && list[0] === before ? [after] : [...list]
  const clock = {
    hours: replaced(rule.hours, from.getUTCHours(), to.getUTCHours()),
    minutes: replaced(rule.minutes, from.getUTCMinutes(), to.getUTCMinutes()),
  }
  if (days === 0) return { ...rule, until, ...clock }
  return {
    ...{ ...rule, until, ...clock },
    months: replaced(rule.months, from.getUTCMonth() + 1, to.getUTCMonth() + 1),
    monthDays: replaced(rule.monthDays, from.getUTCDate(), to.getUTCDate()),
    ...shiftedDays(rule, { from, to, days }),
  }
}

function shiftedDays(rule: Rule, { from, to, days }: { from: Date; to: Date; days: number }) {
  const { days: named, monthDays, positions, weekStart } = rule
  if (monthDays.length + positions.length > 0) return {}
  const rotated = (day: number): number => (((day + days) % 7) + 7) % 7
  if (named.every(({ nth }) => nth === 0)) {
    return {
      days: named.map(({ day, nth }) => ({ day: rotated(day), nth })),
      weekStart: weekStartOf(rule, rotated(weekStart)),
    }
  }
  const [only] = named
  const isOfMonth = rule.frequency === 'MONTHLY' || rule.months.length > 0
  if (named.length !== 1 || !only || !isOfMonth || only.day !== from.getUTCDay()) return {}
  return { days: [nthDay(to, only)] }
}

/** Which weeks count of every second one depends on the day on which they begin. */
const weekStartOf = ({ frequency, interval, weekStart }: Rule, rotated: number): number =>
  frequency === 'WEEKLY' && interval > 1 ? rotated : weekStart

/** Counted from the end of the month only if it was the last before and is now. */
function nthDay(at: Date, { nth }: RuleDay): RuleDay {
  const nextWeek = new Date(at.getTime() + 7 * dayMs)
  const isLast = nextWeek.getUTCMonth() !== at.getUTCMonth()
  return { day: at.getUTCDay(), nth: nth < 0 && isLast ? -1 : Math.ceil(at.getUTCDate() / 7) }
}

/** RFC 5545 §3.3.10: a date for dates, in UTC for times of a zone. */
function shiftedUntil(until: IcalTime, { from, to, zones }: RuleMove): IcalTime {
  const zone = from.zone === null ? undefined : zones.zoneOf(from.zone)
  const wall = until.zone === 'UTC' && zone ? zone.wallOf(until.wall) : until.wall
  const dayOf = (one: number): number => Math.floor(one / dayMs) * dayMs
  const byDays = dayOf(to.wall) - dayOf(from.wall)
  if (to.isDate) return { wall: dayOf(wall) + byDays, isDate: true, zone: null }
  if (until.isDate && !from.isDate) return { ...until, wall: until.wall + byDays }
  const moved = until.isDate ? dayOf(wall) + byDays + (to.wall - dayOf(to.wall)) : wall + to.wall - from.wall
  if (to.zone === null) return { wall: moved, isDate: false, zone: null }
  return { wall: instantOf({ ...to, wall: moved }, zones), isDate: false, zone: 'UTC' }
}
