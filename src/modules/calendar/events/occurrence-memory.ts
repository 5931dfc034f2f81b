import { dayMs, formatBasic, parseBasic } from '../ical/ical-time.ts'
import { expand, type Occurrence, type Recurrence } from '../ical/recurrence.ts'
import { ianaZone, type Zone } from '../ical/zones.ts'

/** All that the occurrences of a series depend on, and nothing else. */
export type SeriesTimes = {
  /** JSON of a `Recurrence`. */
  recurrence: string
  start: string
  end: string
  timezone: string | null
  end_timezone: string | null
  is_floating: boolean
}

export type ShownOccurrence = {
  key: string
  startsAt: number
  endsAt: number
  /** Its members of an answer, as JSON without the braces. */
  times: string
}

/** A month view touches two of them. */
const windowMs = 32 * dayMs

/** Of one series in such a stretch, one each twenty minutes. Rules may ask for each second, which no view can show. */
const maxInWindow = 2304

/**
 * Occurrences of series, worked out once for each stretch of time. They are remembered by the series' text, so what is
 * remembered is never wrong: a changed series is another one. The series asked for longest ago are forgotten first.
 */
export function createOccurrenceMemory({ maxOccurrences = 100_000 }: { maxOccurrences?: number } = {}) {
  const series = new Map<string, { windows: Map<number, ShownOccurrence[]>; size: number }>()
  let size = 0

  function windowsOf(key: string) {
    const known = series.get(key) ?? { windows: new Map<number, ShownOccurrence[]>(), size: 0 }
    series.delete(key)
    series.set(key, known)
    return known
  }

  function forget(): void {
    for (const [key, known] of series) {
      if (size <= maxOccurrences) return
      series.delete(key)
      size -= known.size
    }
  }

  return {
    /** Those that overlap a time, ascending; a date is as long as it is day in `zone`. */
    between(times: SeriesTimes, { from, to, zone }: { from: number; to: number; zone: Zone }): ShownOccurrence[] {
      const { recurrence, start, end, timezone, end_timezone: endZone, is_floating: isFloating } = times
      const known = windowsOf(`${isFloating ? zone.id : ''} ${start} ${end} ${timezone} ${endZone} ${recurrence}`)
      const found: ShownOccurrence[] = []
      const first = Math.floor(from / windowMs)
      for (let index = first; index * windowMs < to; index++) {
        let window = known.windows.get(index)
        if (!window) {
          window = [...occurrencesIn(times, index * windowMs, zone)]
          known.windows.set(index, window)
          // An empty one takes room as well.
          known.size += window.length + 1
          size += window.length + 1
        }
        for (const one of window) {
          const isOfEarlier = index > first && one.startsAt < index * windowMs
          if (!isOfEarlier && overlaps(one, { from, to })) found.push(one)
        }
      }
      forget()
      return found
    },
  }
}

export const overlaps = (
  { startsAt, endsAt }: { startsAt: number; endsAt: number },
  { from, to }: { from: number; to: number },
): boolean => startsAt < to && (endsAt > from || (endsAt === startsAt && startsAt >= from))

function* occurrencesIn(times: SeriesTimes, from: number, zone: Zone): Generator<ShownOccurrence> {
  const recurrence: Recurrence = JSON.parse(times.recurrence)
  for (const occurrence of expand(recurrence, { from, to: from + windowMs, floating: zone }).take(maxInWindow)) {
    const { key, startsAt, endsAt } = occurrence
    yield { key, startsAt, endsAt, times: timesText({ ...wallTimes(times, occurrence), startsAt, endsAt }) }
  }
}

/** The times of one occurrence in the words of the API. */
export function wallTimes(
  times: Pick<SeriesTimes, 'start' | 'end' | 'timezone' | 'end_timezone'>,
  { key, start, endsAt }: Pick<Occurrence, 'key' | 'start' | 'endsAt'>,
) {
  const zone = times.end_timezone ?? times.timezone ?? start.zone
  const endWall = start.isDate || zone === null ? undefined : ianaZone(zone)?.wallOf(endsAt)
  const length = (parseBasic(times.end)?.wall ?? 0) - (parseBasic(times.start)?.wall ?? 0)
  const isUtc = times.end.endsWith('Z')
  const end = { wall: endWall ?? start.wall + length, isDate: start.isDate, zone: isUtc ? 'UTC' : null }
  return { start: formatBasic(start), end: formatBasic(end), recurrence_id: key }
}

/** Members of an answer. All of them are of letters, digits and marks that JSON leaves as they are. */
export function timesText(times: {
  start: string
  end: string
  recurrence_id: string | null
  startsAt: number
  endsAt: number
}): string {
  const { start, end, recurrence_id: id, startsAt, endsAt } = times
  const moments = `"starts_at":"${new Date(startsAt).toISOString()}","ends_at":"${new Date(endsAt).toISOString()}"`
  return `"start":"${start}","end":"${end}","recurrence_id":${id === null ? 'null' : `"${id}"`},${moments}`
}
