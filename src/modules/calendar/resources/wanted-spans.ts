import type { CalendarObject } from '../ical/calendar-object.ts'
import { eventsOf, type ReadEvent } from '../ical/event-fields.ts'
import { sameAddress } from '../ical/event-writing.ts'
import { dayMs } from '../ical/ical-time.ts'
import { expand } from '../ical/recurrence.ts'
import type { Span } from './booking-store.ts'

/** What takes place more often is nobody's meeting. */
const maxADay = 5
/** Days beyond its window for which a series is booked, so that it need not be booked further every day. */
const aheadDays = 31
/** No series is looked at beyond that to know whether it goes on. */
const farMs = 100 * 366 * dayMs

/** Instants. What begins at `until` or later is too far ahead; of a series everything before `seriesUntil` is booked. */
export type Horizon = { now: number; until: number; seriesUntil: number }

/** How far ahead a resource may be booked now. */
export function horizonOf(bookingDays: number, now: number): Horizon {
  const until = now + bookingDays * dayMs
  return { now, until, seriesUntil: until + aheadDays * dayMs }
}

/** A time that is wanted, by the key of its occurrence: empty for an event that takes place once. */
export type WantedSpan = Span & { key: string }

export type Wanted = {
  /** To be free all of them, or the event is declined. In order. */
  spans: WantedSpan[]
  /** Occurrences that were declined while the rest of the series was not: each is asked for alone. */
  alone: WantedSpan[]
  /** Of a series something begins later than all of these. */
  goesOn: boolean
}

export type NotWanted = 'too_often' | 'too_far'

/**
 * When an object wants somebody, from now on; nothing while it is cancelled. Dates and times without a zone are those
 * of UTC. Or why it can not be had: it takes place too often, or nothing of it is within the horizon.
 */
export function wantedOf(object: CalendarObject, email: string, horizon: Horizon): Wanted | NotWanted {
  const wanted: Wanted = { spans: [], alone: [], goesOn: false }
  const events = eventsOf(object)
  const isSeries = events[0]?.recurrence != null
  const isDeclinedWhole = !isSeries || statusOf(events[0], email) === 'DECLINED'
  const maxSpans = maxADay * Math.ceil((horizon.seriesUntil - horizon.now) / dayMs)
  let isTooFar = false
  for (const event of events) {
    const status = statusOf(event, email)
    if (event.fields.status === 'CANCELLED' || status === undefined) continue
    if (event.recurrence) {
      wanted.spans.push(...spansOfSeries(event, horizon, maxSpans))
      wanted.goesOn ||= isLater(event, horizon)
      continue
    }
    const { startsAt: start, endsAt: end } = event.times
    if (end <= horizon.now || end <= start) continue
    if (start >= (isSeries ? horizon.seriesUntil : horizon.until)) {
      if (isSeries) wanted.goesOn = true
      else isTooFar = true
    } else if (!isDeclinedWhole && status === 'DECLINED') wanted.alone.push({ key: event.key, start, end })
    else wanted.spans.push({ key: event.key, start, end })
  }
  if (wanted.spans.length > maxSpans) return 'too_often'
  const isWithin = [...wanted.spans, ...wanted.alone].some(({ start }) => start < horizon.until)
  if (isTooFar || (!isWithin && (wanted.goesOn || wanted.spans.length > 0))) return 'too_far'
  wanted.spans.sort((a, b) => a.start - b.start)
  return wanted
}

/** What somebody answered to an event so far; undefined for who is not invited to it. */
const statusOf = (event: ReadEvent | undefined, email: string): string | undefined =>
  event?.fields.attendees.find((one) => sameAddress(one.email, email))?.status

/** One more than `most` is as good as all of them. */
function spansOfSeries({ recurrence }: ReadEvent, { now, seriesUntil }: Horizon, most: number): WantedSpan[] {
  if (!recurrence) return []
  const found = expand(recurrence, { from: now, to: seriesUntil }).take(most + 1)
  return [...found]
    .filter(({ startsAt, endsAt }) => endsAt > startsAt && endsAt > now)
    .map(({ key, startsAt, endsAt }) => ({ key, start: startsAt, end: endsAt }))
}

function isLater({ recurrence }: ReadEvent, { seriesUntil }: Horizon): boolean {
  if (!recurrence) return false
  for (const { startsAt } of expand(recurrence, { from: seriesUntil, to: seriesUntil + farMs }))
    if (startsAt >= seriesUntil) return true
  return false
}

/** The time in which they all lie. */
export const rangeOf = (spans: readonly Span[]): { from: number; to: number } => ({
  from: spans.reduce((earliest, { start }) => Math.min(earliest, start), spans[0]?.start ?? 0),
  to: spans.reduce((latest, { end }) => Math.max(latest, end), 0),
})

/** Whether none of the spans overlaps one that is taken; both are in order of their starts. */
export function isFree(spans: readonly Span[], taken: readonly Span[]): boolean {
  let at = 0
  let lastEnd = Number.NEGATIVE_INFINITY
  for (const { start, end } of spans) {
    for (let one = taken[at]; one && one.start < end; one = taken[++at]) lastEnd = Math.max(lastEnd, one.end)
    if (lastEnd > start) return false
  }
  return true
}
