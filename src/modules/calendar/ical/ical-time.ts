/**
 * A date or a time as iCalendar has it (RFC 5545 §3.3.4, §3.3.5). `wall` is what a clock on the wall shows, as
 * milliseconds of a world that knows UTC alone.
 */
export type IcalTime = {
  wall: number
  isDate: boolean
  /** `UTC`, a TZID, or null for a time that is the same everywhere on the wall. */
  zone: string | null
}

export const dayMs = 86_400_000

const form = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/

/** Reads the basic form, `20260523T090000Z`, `20260523T090000` or `20260523`; undefined for what is none. */
export function parseBasic(text: string, zone: string | null = null): IcalTime | undefined {
  const [, year, month, day, hour, minute, second, utc] = form.exec(text) ?? []
  if (year === undefined) return undefined
  const isDate = hour === undefined
  // RFC 5545 §3.3.12: a leap second is taken for the one before.
  const clock = [
    Number(hour ?? 0),
    Number(minute ?? 0),
    Math.min(Number(second ?? 0), second === '60' ? 59 : 99),
  ] as const
  const wall = Date.UTC(Number(year), Number(month) - 1, Number(day), ...clock)
  const isReal = new Date(wall).toISOString().startsWith(`${year}-${month}-${day}`)
  if (!isReal || Number(year) < 1 || clock[0] > 23 || clock[1] > 59 || clock[2] > 59) return undefined
  return { wall, isDate, zone: isDate ? null : utc ? 'UTC' : zone }
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value))

/** In the basic form; a time of a zone without saying which. */
export function formatBasic({ wall, isDate, zone }: IcalTime): string {
  const at = new Date(wall)
  const date = `${String(at.getUTCFullYear()).padStart(4, '0')}${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())}`
  if (isDate) return date
  const time = `${date}T${two(at.getUTCHours())}${two(at.getUTCMinutes())}${two(at.getUTCSeconds())}`
  return zone === 'UTC' ? `${time}Z` : time
}

/** An instant in UTC, in the basic form. */
export const basicUtc = (instant: number): string => formatBasic({ wall: instant, isDate: false, zone: 'UTC' })
