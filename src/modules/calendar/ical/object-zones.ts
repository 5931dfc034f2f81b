import { allOf, type Component, firstOf, type Property, textOf } from './content-lines.ts'
import { formatBasic, type IcalTime, parseBasic } from './ical-time.ts'
import { parseRule } from './rule.ts'
import { expandRule } from './rule-expansion.ts'
import { zoneOfWindowsName } from './windows-zones.ts'
import { ianaZone, utc, type Zone } from './zones.ts'

/** The zones that a calendar object means by its TZIDs. */
export type ObjectZones = { zoneOf(tzid: string): Zone | undefined }

/**
 * A TZID is a name of the IANA database, of Windows, or one of the object's own, whose VTIMEZONE says what it means
 * (RFC 5545 §3.2.19). What the database knows better is taken from there: rules change, files do not.
 */
export function zonesOf(calendar: Component): ObjectZones {
  const own = new Map(
    calendar.components.filter(({ name }) => name === 'VTIMEZONE').map((one) => [textOf(one, 'TZID') ?? '', one]),
  )
  const made = new Map<string, Zone | undefined>()
  const find = (tzid: string): Zone | undefined => {
    const standard = namedZone(tzid)
    if (standard) return standard
    const definition = own.get(tzid)
    const located = definition && textOf(definition, 'X-LIC-LOCATION')
    return (located && ianaZone(located)) || (definition && zoneOfDefinition(tzid, definition))
  }
  return {
    zoneOf(tzid) {
      if (!made.has(tzid)) made.set(tzid, find(tzid))
      return made.get(tzid)
    },
  }
}

/** Some programs put a path before the name: `/freeassociation.sourceforge.net/Europe/Paris`. */
export function namedZone(tzid: string): Zone | undefined {
  const plain = tzid.replace(/^"|"$/g, '')
  const windows = zoneOfWindowsName(plain)
  if (windows) return ianaZone(windows)
  const exact = ianaZone(plain)
  if (exact || !plain.startsWith('/')) return exact
  const names = plain.split('/')
  return ianaZone(names.slice(-2).join('/')) ?? ianaZone(names.slice(-3).join('/'))
}

type Observance = {
  from: number
  offsetFrom: number
  offsetTo: number
  rule: ReturnType<typeof parseRule>
  more: number[]
}

/** RFC 5545 §3.6.5. */
function zoneOfDefinition(id: string, definition: Component): Zone | undefined {
  const observances = definition.components.flatMap((one) => observanceOf(one) ?? [])
  if (observances.length === 0) return undefined
  const onset = ({ from, rule, more }: Observance, wall: number): number => {
    let last = from <= wall ? from : Number.NEGATIVE_INFINITY
    for (const one of more) if (one <= wall) last = Math.max(last, one)
    if (!rule || from > wall) return last
    const until = rule.until ? rule.until.wall + 86_400_000 : Number.POSITIVE_INFINITY
    for (const one of expandRule(rule, from, Math.max(from, wall - 800 * 86_400_000))) {
      if (one > wall || one > until) break
      last = Math.max(last, one)
    }
    return last
  }
  const instantOf = (wall: number): number => {
    const onsets = observances.map((one) => ({ one, at: onset(one, wall) })).toSorted((a, b) => b.at - a.at)
    const [latest] = onsets
    const isBefore = latest === undefined || latest.at === Number.NEGATIVE_INFINITY
    return wall - (isBefore ? (observances[0]?.offsetFrom ?? 0) : latest.one.offsetTo)
  }
  const wallOf = (instant: number): number => {
    const near = instant + (instant - instantOf(instant))
    return near + (instant - instantOf(near))
  }
  return { id, instantOf, wallOf }
}

function observanceOf(component: Component): Observance | undefined {
  const start = parseBasic(firstOf(component, 'DTSTART')?.value ?? '')
  const [offsetFrom, offsetTo] = [offsetOf(component, 'TZOFFSETFROM'), offsetOf(component, 'TZOFFSETTO')]
  if (!start || offsetFrom === undefined || offsetTo === undefined) return undefined
  const rule = parseRule(firstOf(component, 'RRULE')?.value ?? '')
  const more = allOf(component, 'RDATE').flatMap(({ value }) =>
    value.split(',').flatMap((one) => parseBasic(one)?.wall ?? []),
  )
  return { from: start.wall, offsetFrom, offsetTo, rule, more }
}

function offsetOf(component: Component, name: string): number | undefined {
  const [, sign, hours, minutes, seconds] =
    /^([+-])(\d\d)(\d\d)(\d\d)?$/.exec(firstOf(component, name)?.value ?? '') ?? []
  if (sign === undefined) return undefined
  const value = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0)) * 1000
  return sign === '-' ? -value : value
}

/** The times in a property: one of DTSTART, some of EXDATE, starts of periods in RDATE. */
export const timesOf = ({ value, params }: Property): IcalTime[] =>
  value.split(',').flatMap((one) => parseBasic(one.split('/')[0]?.trim() ?? '', params.TZID?.[0] ?? null) ?? [])

/** The moment of a time; of a date, or one that is the same on every wall, as if it were meant in `floating`. */
export function instantOf(time: IcalTime, zones: ObjectZones, floating: Zone = utc): number {
  if (time.zone === null) return floating.instantOf(time.wall)
  return (zones.zoneOf(time.zone) ?? floating).instantOf(time.wall)
}

/**
 * What tells one occurrence of a series from the others (RFC 5545 §3.8.4.4), whatever zone it was written in: a date, the
 * time in UTC, or that on the wall.
 */
export const occurrenceKey = (time: IcalTime, zones: ObjectZones): string =>
  time.isDate || time.zone === null || !zones.zoneOf(time.zone)
    ? formatBasic({ ...time, zone: null })
    : formatBasic({ wall: instantOf(time, zones), isDate: false, zone: 'UTC' })
