const minute = 60_000
const day = 24 * 60 * minute

/**
 * The moment that `age` names, seen from `now`: `'35m'` is 35 minutes ago, `'12d 09:15'` is 09:15 UTC of the day
 * twelve days before. A day count below 1 is refused: that time of day may still lie ahead.
 * @throws RangeError for any other form.
 */
export function ago(now: Date, age: string): Date {
  const minutes = /^(\d+)m$/.exec(age)
  if (minutes) return new Date(now.getTime() - Number(minutes[1]) * minute)
  const dated = /^([1-9]\d*)d (\d\d):(\d\d)$/.exec(age)
  if (!dated) throw new RangeError(`"${age}" is no age: write '35m' or '12d 09:15'`)
  return new Date(startOfDay(now) - Number(dated[1]) * day + (Number(dated[2]) * 60 + Number(dated[3])) * minute)
}

export function daysBetween(earlier: Date, later: Date): number {
  return (later.getTime() - earlier.getTime()) / day
}

export function addDays(date: Date, days: number): Date {
  return new Date(date.getTime() + days * day)
}

export function addMinutes(date: Date, minutes: number): Date {
  return new Date(date.getTime() + Math.round(minutes * minute))
}

/** Minutes since midnight UTC. */
export function minuteOfDay(date: Date): number {
  return Math.floor((date.getTime() - startOfDay(date)) / minute)
}

/** `date` or, on a weekend, the same time on the Friday before: offices write on working days. */
export function onWorkday(date: Date): Date {
  const weekday = date.getUTCDay()
  if (weekday === 6) return addDays(date, -1)
  return weekday === 0 ? addDays(date, -2) : date
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** RFC 5322 §3.3 date-time with the offset in force in `timeZone` (IANA name) at that moment. */
export function mailDate(date: Date, timeZone: string): string {
  const format = formats.get(timeZone) ?? dateFormat(timeZone)
  formats.set(timeZone, format)
  const part = Object.fromEntries(format.formatToParts(date).map(({ type, value }) => [type, value]))
  const offset = (part.timeZoneName ?? '').replace('GMT', '').replace(':', '') || '+0000'
  const time = `${part.hour}:${part.minute}:${part.second}`
  return `${part.weekday}, ${part.day} ${part.month} ${part.year} ${time} ${offset}`
}

function dateFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  })
}

function startOfDay(date: Date): number {
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())
}
