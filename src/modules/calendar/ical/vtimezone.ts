import { type Component, property } from './content-lines.ts'
import { dayMs, formatBasic } from './ical-time.ts'
import { transitionsOf } from './zones.ts'

type Transition = ReturnType<typeof transitionsOf>[number]
const yearMs = 366 * dayMs

/**
 * The VTIMEZONE of a zone in the IANA database, as it is from `from` on: for programs that have no such database. A
 * change of the clocks that comes each year alike is a rule, any other one a date.
 */
export function timezoneComponent(tzid: string, from: number): Component {
  const all = transitionsOf(tzid, from - 2 * yearMs, from + 12 * yearMs)
  const [, ...rest] = [...Map.groupBy(all, patternOf).values()]
  const isYearly = all.length > 0 && rest.length === 1 && all.length >= 26
  const groups = isYearly ? [...Map.groupBy(all, patternOf).values()] : all.map((one) => [one])
  const components = groups.flatMap((group) => (group[0] ? [observance(group[0], isYearly)] : []))
  return {
    name: 'VTIMEZONE',
    properties: [property('TZID', tzid)],
    components: components.length > 0 ? components : [fixed(tzid, from)],
  }
}

const wallBefore = ({ instant, offsetBefore }: Transition): number => instant + offsetBefore

/** `3 -1 0 02:00`: the month, which of its Sundays, and when on it. */
function patternOf(transition: Transition): string {
  const at = new Date(wallBefore(transition))
  const [day, month] = [at.getUTCDate(), at.getUTCMonth()]
  const isLast = day + 7 > new Date(Date.UTC(at.getUTCFullYear(), month + 1, 0)).getUTCDate()
  const nth = isLast ? -1 : Math.ceil(day / 7)
  return `${month + 1} ${nth} ${at.getUTCDay()} ${at.toISOString().slice(11, 16)} ${transition.offsetAfter}`
}

const dayNames = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

function observance(transition: Transition, isYearly: boolean): Component {
  const { offsetBefore, offsetAfter } = transition
  const [month, nth, day] = patternOf(transition).split(' ')
  return {
    name: offsetAfter > offsetBefore ? 'DAYLIGHT' : 'STANDARD',
    properties: [
      property('DTSTART', formatBasic({ wall: wallBefore(transition), isDate: false, zone: null })),
      property('TZOFFSETFROM', formatOffset(offsetBefore)),
      property('TZOFFSETTO', formatOffset(offsetAfter)),
      ...(isYearly ? [property('RRULE', `FREQ=YEARLY;BYMONTH=${month};BYDAY=${nth}${dayNames[Number(day)]}`)] : []),
    ],
    components: [],
  }
}

/** A zone whose clocks are never changed. */
function fixed(tzid: string, from: number): Component {
  const offset = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(tzid).offsetNanoseconds / 1e6
  const properties = [property('DTSTART', '19700101T000000')]
  for (const name of ['TZOFFSETFROM', 'TZOFFSETTO']) properties.push(property(name, formatOffset(offset)))
  return { name: 'STANDARD', properties, components: [] }
}

function formatOffset(offset: number): string {
  const minutes = Math.abs(Math.round(offset / 60_000))
  const two = (value: number) => String(value).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`
}
