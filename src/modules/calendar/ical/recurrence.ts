import { allOf, type Component, firstOf, formatComponents, parseComponents } from './content-lines.ts'
import { dayMs, formatBasic, type IcalTime, parseBasic } from './ical-time.ts'
import { namedZone, type ObjectZones, occurrenceKey, timesOf, zonesOf } from './object-zones.ts'
import { parseRule, type Rule } from './rule.ts'
import { expandRule } from './rule-expansion.ts'
import { utc, type Zone } from './zones.ts'

/** How long an event lasts: by the clock, or in days whatever the clocks do (RFC 5545 §3.8.2.5). */
export type Length = { ms: number; isNominal: boolean }

/** Everything that says when a series takes place. Plain JSON. */
export type Recurrence = {
  /** The first occurrence, in the basic form. */
  start: string
  zone: string | null
  /** Where nobody but the object knows its zone: the VTIMEZONE. */
  zoneDefinition: string | null
  length: Length
  /** RRULEs; RFC 5545 wants one, and some files have more. */
  rules: string[]
  /** Further starts, and keys of occurrences that are not, or are elsewhere. */
  added: string[]
  excluded: string[]
}

export type Occurrence = { key: string; start: IcalTime; startsAt: number; endsAt: number }

/** Clocks are set back, so a wall that is behind may come later. */
const slackMs = 3 * 3_600_000

/** Occurrences before `from` that a COUNT makes it count, and no more. */
const maxCounted = 50_000

/** The recurrence of a series; undefined for an event that takes place once. `moved` are keys of its changed occurrences. */
export function recurrenceOf(
  master: Component,
  calendar: Component,
  { length, moved, zones }: { length: Length; moved: readonly string[]; zones: ObjectZones },
): Recurrence | undefined {
  const [start] = timesOf(firstOf(master, 'DTSTART') ?? { name: '', params: {}, value: '', line: '' })
  const rules = allOf(master, 'RRULE').flatMap(({ value }) => (parseRule(value) ? [value] : []))
  const added = allOf(master, 'RDATE').flatMap(timesOf)
  if (!start || rules.length + added.length === 0) return undefined
  const zone = start.zone === null ? undefined : zones.zoneOf(start.zone)
  const isOwn = start.zone !== null && zone !== undefined && !namedZone(zone.id)
  const definition = calendar.components.find(
    ({ name, properties }) => name === 'VTIMEZONE' && properties.some(({ value }) => value === start.zone),
  )
  const excluded = allOf(master, 'EXDATE').flatMap(timesOf)
  return {
    start: formatBasic(start),
    zone: zone?.id ?? null,
    zoneDefinition: isOwn && definition ? formatComponents([definition]) : null,
    ...{ length, rules },
    added: added.map((one) => occurrenceKey(one, zones)),
    excluded: [...excluded.map((one) => occurrenceKey(one, zones)), ...moved],
  }
}

function zoneOfRecurrence({ zone, zoneDefinition }: Recurrence): Zone | undefined {
  if (zone === null) return undefined
  const named = namedZone(zone)
  if (named || zoneDefinition === null) return named
  return zonesOf({ name: 'VCALENDAR', properties: [], components: parseComponents(zoneDefinition) }).zoneOf(zone)
}

/**
 * The occurrences that overlap a time, ascending. Dates and times without a zone are taken to be meant in `floating`.
 * DTSTART is always one (RFC 5545 §3.8.5.3 leaves open what a rule means that does not fit it; calendars show it).
 */
export function* expand(
  recurrence: Recurrence,
  { from, to, floating = utc }: { from: number; to: number; floating?: Zone },
): Generator<Occurrence> {
  const { length } = recurrence
  const series = seriesOf(recurrence)
  const own = zoneOfRecurrence(recurrence)
  const zone = own ?? floating
  const instant = (wall: number) => zone.instantOf(wall)
  const { excluded } = series
  // Some programs leave out whole days.
  const hasDays = !series.start.isDate && recurrence.excluded.some((key) => key.length === 8)
  const fromWall = zone.wallOf(from) - length.ms - slackMs
  for (const wall of series.walls(fromWall)) {
    const startsAt = instant(wall)
    if (startsAt >= to) return
    const start = { ...series.start, wall }
    const endsAt = start.isDate || length.isNominal ? instant(wall + length.ms) : startsAt + length.ms
    if (endsAt <= from && !(endsAt === startsAt && startsAt === from)) continue
    const key = keyOf(start, own)
    if (excluded.has(key) || (hasDays && excluded.has(formatBasic({ ...start, isDate: true, zone: null })))) continue
    yield { key, start, startsAt, endsAt }
  }
}

const keyOf = (start: IcalTime, own: Zone | undefined): string =>
  start.isDate || !own
    ? formatBasic({ ...start, zone: null })
    : formatBasic({ wall: own.instantOf(start.wall), isDate: false, zone: 'UTC' })

/** No occurrence ends later; null for a series without an end. */
export function lastEnd(recurrence: Recurrence): number | null {
  const rules = recurrence.rules.flatMap((text) => knownRule(text) ?? [])
  if (rules.some(({ count, until }) => count === undefined && until === undefined)) return null
  const series = seriesOf(recurrence)
  // Longer than any two clocks are apart.
  const slack = recurrence.length.ms + 2 * dayMs
  const untils = rules.flatMap(({ until }) => (until ? [until.wall + dayMs] : []))
  let last = Math.max(...untils, ...series.added)
  if (rules.some(({ count }) => count !== undefined)) for (const wall of series.walls(last)) last = wall
  return last + slack
}

/** The walls on which a series takes place, in the zone of its start, each once. */
function seriesOf(recurrence: Recurrence) {
  const start = parseBasic(recurrence.start, recurrence.zone) ?? { wall: 0, isDate: false, zone: null }
  const own = zoneOfRecurrence(recurrence)
  const wallOfKey = (key: string): number[] => {
    const time = parseBasic(key)
    if (!time) return []
    return [
      time.zone === 'UTC' && own
        ? own.wallOf(time.wall)
        : time.isDate && !start.isDate
          ? time.wall + (start.wall % dayMs)
          : time.wall,
    ]
  }
  const added = [start.wall, ...recurrence.added.flatMap(wallOfKey)].toSorted((a, b) => a - b)
  const rules = recurrence.rules.flatMap((text) => knownRule(text) ?? [])
  function* walls(from: number): Generator<number> {
    const later = added.filter((wall) => wall >= from)
    const sources: Iterator<number>[] = rules.map((rule) => bounded(rule, start, own, from))
    if (later.length > 0 || sources.length === 0) sources.unshift(later[Symbol.iterator]())
    const [only, ...others] = sources
    if (only && others.length === 0) yield* only as Generator<number>
    else yield* merged(sources)
  }
  return { start, added, excluded: new Set(recurrence.excluded), walls }
}

/** A rule up to its UNTIL or COUNT. */
function* bounded(rule: Rule, start: IcalTime, own: Zone | undefined, from: number): Generator<number> {
  const { count, until } = rule
  if (count !== undefined) {
    // The start is the first, whether the rule fits it or not.
    let left = Math.min(count, maxCounted)
    let isFirst = true
    for (const wall of expandRule(rule, start.wall)) {
      if (isFirst && wall !== start.wall) left--
      isFirst = false
      if (left-- <= 0) return
      if (wall >= from) yield wall
    }
    return
  }
  for (const wall of expandRule(rule, start.wall, from)) {
    if (until && isAfter(wall, until, own)) return
    yield wall
  }
}

function isAfter(wall: number, until: IcalTime, own: Zone | undefined): boolean {
  if (until.isDate) return wall >= until.wall + dayMs
  return until.zone === 'UTC' && own ? own.instantOf(wall) > until.wall : wall > until.wall
}

/** Several ascending sequences as one, what stands in more than one once. */
function* merged(sources: readonly Iterator<number>[]): Generator<number> {
  const heads = sources.map((source) => ({ source, next: source.next() }))
  for (;;) {
    const open = heads.filter(({ next }) => !next.done)
    if (open.length === 0) return
    const least = Math.min(...open.map(({ next }) => next.value as number))
    for (const head of open) if (head.next.value === least) head.next = head.source.next()
    yield least
  }
}

const rulesRead = new Map<string, Rule | undefined>()

/** The same few rules stand in most series. */
function knownRule(text: string): Rule | undefined {
  if (!rulesRead.has(text)) {
    if (rulesRead.size > 5000) rulesRead.clear()
    rulesRead.set(text, parseRule(text))
  }
  return rulesRead.get(text)
}
