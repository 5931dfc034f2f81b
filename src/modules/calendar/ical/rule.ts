import { formatBasic, type IcalTime, parseBasic } from './ical-time.ts'

const frequencies = ['SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const
type Frequency = (typeof frequencies)[number]

/** A weekday from 0 for Sunday, and which one of its month or year: 0 for all, -1 for the last. */
export type RuleDay = { day: number; nth: number }

/** RFC 5545 §3.3.10. */
export type Rule = {
  frequency: Frequency
  interval: number
  count: number | undefined
  until: IcalTime | undefined
  months: number[]
  weekNumbers: number[]
  yearDays: number[]
  monthDays: number[]
  days: RuleDay[]
  hours: number[]
  minutes: number[]
  seconds: number[]
  positions: number[]
  /** The day on which a week begins. */
  weekStart: number
}

const dayNames = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

/** Numbers of a part, by its name: what they may be, and whether they may count from the end. */
const parts = {
  BYMONTH: { key: 'months', max: 12, isSigned: false, min: 1 },
  BYWEEKNO: { key: 'weekNumbers', max: 53, isSigned: true, min: 1 },
  BYYEARDAY: { key: 'yearDays', max: 366, isSigned: true, min: 1 },
  BYMONTHDAY: { key: 'monthDays', max: 31, isSigned: true, min: 1 },
  BYHOUR: { key: 'hours', max: 23, isSigned: false, min: 0 },
  BYMINUTE: { key: 'minutes', max: 59, isSigned: false, min: 0 },
  BYSECOND: { key: 'seconds', max: 60, isSigned: false, min: 0 },
  BYSETPOS: { key: 'positions', max: 366, isSigned: true, min: 1 },
} as const

/** Reads a rule; undefined for what is none. What it repeats is not kept. */
export function parseRule(text: string): Rule | undefined {
  const pairs = text
    .trim()
    .replace(/;$/, '')
    .split(';')
    .map((pair) => pair.split('=') as [string, string?])
  const values = new Map(pairs.map(([name, value]) => [name.toUpperCase(), value?.toUpperCase() ?? '']))
  const frequency = values.get('FREQ') as Frequency
  if (values.size !== pairs.length || !frequencies.includes(frequency)) return undefined
  const rule: Rule = {
    ...{ frequency, interval: 1, count: undefined, until: undefined, months: [], weekNumbers: [], yearDays: [] },
    ...{ monthDays: [], days: [], hours: [], minutes: [], seconds: [], positions: [], weekStart: 1 },
  }
  for (const [name, value] of values) if (name !== 'FREQ' && !readPart(rule, name, value)) return undefined
  return rule.count !== undefined && rule.until !== undefined ? undefined : rule
}

function readPart(rule: Rule, name: string, value: string): boolean {
  if (Object.hasOwn(parts, name)) {
    const { key, max, min, isSigned } = parts[name as keyof typeof parts]
    const numbers = value.split(',').map((one) => (/^[+-]?\d{1,3}$/.test(one) ? Number(one) : Number.NaN))
    const isFit = (one: number) => Math.abs(one) >= min && Math.abs(one) <= max && (isSigned || one >= 0)
    rule[key] = [...new Set(numbers)].toSorted((a, b) => a - b)
    return numbers.every(isFit)
  }
  if (name === 'BYDAY') return readDays(rule, value)
  if (name === 'UNTIL') {
    rule.until = parseBasic(value)
    return rule.until !== undefined
  }
  if (name === 'WKST') {
    rule.weekStart = dayNames.indexOf(value)
    return rule.weekStart >= 0
  }
  const number = /^\d{1,6}$/.test(value) ? Number(value) : 0
  if (name === 'INTERVAL') rule.interval = number
  else if (name === 'COUNT') rule.count = number
  // What the parts of others mean is not known: such a rule is read without them.
  else return name.startsWith('X-')
  return number > 0
}

function readDays(rule: Rule, value: string): boolean {
  for (const one of value.split(',')) {
    const [, nth = '0', name = ''] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(one) ?? []
    const day = dayNames.indexOf(name)
    if (day < 0 || Math.abs(Number(nth)) > 53) return false
    rule.days.push({ day, nth: Number(nth) })
  }
  return true
}

/** As RFC 5545 writes it. */
export function formatRule(rule: Rule): string {
  const numbers = Object.entries(parts).map(([name, { key }]) => [name, rule[key].join(',')] as const)
  const days = rule.days.map(({ day, nth }) => `${nth === 0 ? '' : nth}${dayNames[day]}`).join(',')
  const written: (readonly [string, string])[] = [
    ['FREQ', rule.frequency],
    ['UNTIL', rule.until ? formatBasic(rule.until) : ''],
    ['COUNT', rule.count === undefined ? '' : String(rule.count)],
    ['INTERVAL', rule.interval === 1 ? '' : String(rule.interval)],
    ...numbers,
    ['BYDAY', days],
    ['WKST', rule.weekStart === 1 ? '' : (dayNames[rule.weekStart] ?? '')],
  ]
  return written.flatMap(([name, value]) => (value === '' ? [] : [`${name}=${value}`])).join(';')
}
