import { dayMs } from './ical-time.ts'
import type { Rule } from './rule.ts'

/** Periods that are looked at for one answer, and no more: a rule may fit no day at all (30 February). */
const maxPeriods = 20_000
/** No rule goes beyond it. */
const endOfTime = Date.UTC(2200, 0, 1)

const dayOf = (wall: number): number => Math.floor(wall / dayMs)
const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7
const modulo = (value: number, by: number): number => ((value % by) + by) % by

/**
 * The times of a rule that begins at `start`, ascending, from `from` on: wall-clock times, whatever the zone. COUNT and
 * UNTIL are not looked at, so a rule that has neither never ends but where nothing is found for long. What lies before
 * `from` costs nothing. RFC 5545 §3.3.10.
 */
export function* expandRule(rule: Rule, start: number, from = start): Generator<number> {
  const filled = withDefaults(rule, start)
  const step = stepsOf[rule.frequency](filled, start)
  let index = Math.max(0, Math.floor(step.indexOf(Math.max(from, start)) / rule.interval) - 1)
  for (let empty = 0; empty < maxPeriods; index++) {
    let found = false
    for (const wall of step.timesOf(index * rule.interval)) {
      if (wall < start || wall < from) continue
      if (wall >= endOfTime) return
      found = true
      yield wall
    }
    empty = found ? 0 : empty + 1
    if (step.beginOf(index * rule.interval) >= endOfTime) return
  }
}

type Step = {
  /** Which period after the first one a time lies in. */
  indexOf(wall: number): number
  beginOf(index: number): number
  timesOf(index: number): Iterable<number>
}

/** What a rule leaves open is as in its start. */
function withDefaults(rule: Rule, start: number): Rule {
  const at = new Date(start)
  const { frequency } = rule
  const isOpen = rule.weekNumbers.length + rule.yearDays.length + rule.monthDays.length + rule.days.length === 0
  const filled = { ...rule }
  if (isOpen && (frequency === 'YEARLY' || frequency === 'MONTHLY')) filled.monthDays = [at.getUTCDate()]
  if (isOpen && frequency === 'YEARLY' && rule.months.length === 0) filled.months = [at.getUTCMonth() + 1]
  const isWeekOnly =
    rule.weekNumbers.length > 0 && rule.yearDays.length + rule.monthDays.length + rule.days.length === 0
  if ((isOpen && frequency === 'WEEKLY') || isWeekOnly) filled.days = [{ day: at.getUTCDay(), nth: 0 }]
  if (rule.hours.length === 0 && !sub('HOURLY', frequency)) filled.hours = [at.getUTCHours()]
  if (rule.minutes.length === 0 && !sub('MINUTELY', frequency)) filled.minutes = [at.getUTCMinutes()]
  if (rule.seconds.length === 0 && frequency !== 'SECONDLY') filled.seconds = [at.getUTCSeconds()]
  return filled
}

const clockFrequencies = ['SECONDLY', 'MINUTELY', 'HOURLY']
/** Whether `frequency` is that of a clock and as fine as `coarsest` or finer. */
const sub = (coarsest: string, frequency: string): boolean =>
  clockFrequencies.includes(frequency) && clockFrequencies.indexOf(frequency) <= clockFrequencies.indexOf(coarsest)

const monthOf = (wall: number): number => {
  const at = new Date(wall)
  return at.getUTCFullYear() * 12 + at.getUTCMonth()
}
const firstOfMonth = (month: number): number => Date.UTC(Math.floor(month / 12), modulo(month, 12), 1) / dayMs

const stepsOf: Readonly<Record<Rule['frequency'], (rule: Rule, start: number) => Step>> = {
  YEARLY(rule, start) {
    const first = new Date(start).getUTCFullYear()
    const days = (year: number) => [Date.UTC(year, 0, 1) / dayMs, Date.UTC(year + 1, 0, 1) / dayMs] as const
    return dayStep(
      rule,
      (wall) => new Date(wall).getUTCFullYear() - first,
      (index) => days(first + index),
    )
  },
  MONTHLY(rule, start) {
    const first = monthOf(start)
    const days = (month: number) => [firstOfMonth(month), firstOfMonth(month + 1)] as const
    return dayStep(
      rule,
      (wall) => monthOf(wall) - first,
      (index) => days(first + index),
    )
  },
  WEEKLY(rule, start) {
    const first = dayOf(start) - modulo(weekdayOf(dayOf(start)) - rule.weekStart, 7)
    const days = (index: number) => [first + index * 7, first + index * 7 + 7] as const
    return dayStep(rule, (wall) => Math.floor((dayOf(wall) - first) / 7), days)
  },
  DAILY(rule, start) {
    const first = dayOf(start)
    return dayStep(
      rule,
      (wall) => dayOf(wall) - first,
      (index) => [first + index, first + index + 1],
    )
  },
  HOURLY: (rule, start) => clockStep(rule, start, 3_600_000),
  MINUTELY: (rule, start) => clockStep(rule, start, 60_000),
  SECONDLY: (rule, start) => clockStep(rule, start, 1000),
}

/** The days from one to another, without the months that a rule leaves out. */
function* daysBetween(months: readonly number[], from: number, to: number): Generator<number> {
  for (let day = from; day < to; ) {
    const month = monthOf(day * dayMs)
    const end = Math.min(to, firstOfMonth(month + 1))
    if (months.length > 0 && !months.includes(modulo(month, 12) + 1)) day = end
    else while (day < end) yield day++
  }
}

/** Periods of whole days. */
function dayStep(
  rule: Rule,
  indexOf: (wall: number) => number,
  daysOf: (index: number) => readonly [from: number, to: number],
): Step {
  const clock = rule.hours.flatMap((hour) =>
    rule.minutes.flatMap((minute) => rule.seconds.map((second) => ((hour * 60 + minute) * 60 + second) * 1000)),
  )
  return {
    indexOf,
    beginOf: (index) => daysOf(index)[0] * dayMs,
    timesOf(index) {
      const [from, to] = daysOf(index)
      const times: number[] = []
      for (const day of daysBetween(rule.months, from, to)) {
        if (isDayOf(rule, day)) for (const time of clock) times.push(day * dayMs + time)
      }
      return chosen(rule, times)
    },
  }
}

/** Periods of a clock. A day that does not fit is passed over as a whole. */
function clockStep(rule: Rule, start: number, length: number): Step {
  const first = Math.floor(start / length)
  const fits = (wall: number, list: readonly number[], unit: number, size: number) =>
    list.length === 0 || unit < length || list.includes(modulo(Math.floor(wall / unit), size))
  return {
    indexOf: (wall) => Math.floor(wall / length) - first,
    beginOf: (index) => (first + index) * length,
    timesOf(index) {
      const begin = (first + index) * length
      if (!isDayOf(rule, dayOf(begin))) return []
      if (!fits(begin, rule.hours, 3_600_000, 24) || !fits(begin, rule.minutes, 60_000, 60)) return []
      if (!fits(begin, rule.seconds, 1000, 60)) return []
      const minutes = length === 3_600_000 ? rule.minutes : [0]
      const seconds = length === 1000 ? [0] : rule.seconds
      return chosen(
        rule,
        minutes.flatMap((minute) => seconds.map((second) => begin + minute * 60_000 + second * 1000)),
      )
    },
  }
}

/** BYSETPOS. */
function chosen({ positions }: Rule, times: number[]): number[] {
  if (positions.length === 0) return times
  const picked = positions.map((position) => times.at(position > 0 ? position - 1 : position))
  return [...new Set(picked.filter((time) => time !== undefined))].toSorted((a, b) => a - b)
}

/** Whether every part that speaks of days holds for one. */
function isDayOf(rule: Rule, day: number): boolean {
  const at = new Date(day * dayMs)
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()]
  if (rule.months.length > 0 && !rule.months.includes(month + 1)) return false
  if (rule.monthDays.length > 0) {
    const length = firstOfMonth(year * 12 + month + 1) - firstOfMonth(year * 12 + month)
    if (!isNumbered(rule.monthDays, at.getUTCDate(), length)) return false
  }
  if (rule.yearDays.length > 0) {
    const first = Date.UTC(year, 0, 1) / dayMs
    if (!isNumbered(rule.yearDays, day - first + 1, Date.UTC(year + 1, 0, 1) / dayMs - first)) return false
  }
  if (rule.weekNumbers.length > 0 && !isOfWeek(rule, day, year)) return false
  return rule.days.length === 0 || isWeekdayOf(rule, day, year, month)
}

const isNumbered = (numbers: readonly number[], number: number, count: number): boolean =>
  numbers.includes(number) || numbers.includes(number - count - 1)

/** RFC 5545 §3.3.10: a week belongs to the year in which four of its days lie. */
function isOfWeek(rule: Rule, day: number, year: number): boolean {
  const week = (of: number): number => {
    const fourth = Date.UTC(of, 0, 4) / dayMs
    return fourth - modulo(weekdayOf(fourth) - rule.weekStart, 7)
  }
  const own = day < week(year) ? year - 1 : day >= week(year + 1) ? year + 1 : year
  const [from, to] = [week(own), week(own + 1)]
  return isNumbered(rule.weekNumbers, Math.floor((day - from) / 7) + 1, (to - from) / 7)
}

function isWeekdayOf(rule: Rule, day: number, year: number, month: number): boolean {
  const weekday = weekdayOf(day)
  const isOfYear = rule.frequency === 'YEARLY' && rule.months.length === 0
  const isCounted = rule.frequency === 'MONTHLY' || rule.frequency === 'YEARLY'
  const [from, to] = isOfYear
    ? [Date.UTC(year, 0, 1) / dayMs, Date.UTC(year + 1, 0, 1) / dayMs]
    : [firstOfMonth(year * 12 + month), firstOfMonth(year * 12 + month + 1)]
  return rule.days.some(({ day: wanted, nth }) => {
    if (wanted !== weekday) return false
    if (nth === 0 || !isCounted) return true
    return nth > 0 ? Math.floor((day - from) / 7) + 1 === nth : -Math.floor((to - 1 - day) / 7) - 1 === nth
  })
}
