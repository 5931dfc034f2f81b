import type { CalendarObject } from '../ical/calendar-object.ts'
import { eventsOf } from '../ical/event-fields.ts'
import { sameAddress } from '../ical/event-writing.ts'
import { dayMs } from '../ical/ical-time.ts'
import { expand } from '../ical/recurrence.ts'
import type { Span } from './booking-store.ts'

/** A series is booked for a year, from now or from its start if that is later. */
const seriesMs = 366 * dayMs
/** What takes place more often than five times a day is nobody's meeting. */
const maxSpans = 2000

/**
 * When an object wants somebody, from now on, in order; none while it is cancelled. Dates and times without a zone are
 * those of UTC. Undefined for one that wants them too often.
 */
export function spansOf(object: CalendarObject, email: string, now: number): Span[] | undefined {
  const spans: Span[] = []
  for (const { fields, times, recurrence } of eventsOf(object)) {
    const isWanted = fields.attendees.some((one) => sameAddress(one.email, email))
    if (fields.status === 'CANCELLED' || !isWanted) continue
    const to = Math.max(now, times.startsAt) + seriesMs
    const found = recurrence ? expand(recurrence, { from: now, to }).take(maxSpans + 1) : [times]
    spans.push(...[...found].map(({ startsAt, endsAt }) => ({ start: startsAt, end: endsAt })))
    if (spans.length > maxSpans) return undefined
  }
  return spans.filter(({ start, end }) => end > start && end > now).toSorted((a, b) => a.start - b.start)
}

/** The time in which they all lie. */
export const rangeOf = (spans: readonly Span[]): { from: number; to: number } => ({
  from: spans[0]?.start ?? 0,
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
