/** A time zone as far as calendars need one. */
export type Zone = {
  /** Its TZID. */
  id: string
  /** When a clock there shows `wall`. RFC 5545 §3.3.5: the first of two such times, and past a gap for none. */
  instantOf(wall: number): number
  wallOf(instant: number): number
}

export const utc: Zone = { id: 'UTC', instantOf: (wall) => wall, wallOf: (instant) => instant }

/** The release of the IANA database that is known here, as `2026c`. */
export const zoneRules = process.versions.tz ?? ''

const known = new Map<string, Zone | null>([['UTC', utc]])
const [firstYear, lastYear] = [0, Date.UTC(2201, 0, 1)]

/** The zone of that name in the IANA database; undefined for any other name. */
export function ianaZone(id: string): Zone | undefined {
  const found = known.get(id)
  if (found !== undefined) return found ?? undefined
  // Names come from strangers' files.
  if (known.size > 2000) known.clear()
  const zone = /^[A-Za-z][A-Za-z0-9+_/-]{0,63}$/.test(id) ? createZone(id) : undefined
  known.set(id, zone ?? null)
  return zone
}

/** From one change of the clocks to the next. */
function createZone(id: string): Zone | undefined {
  const starts: number[] = []
  const offsets: number[] = []
  try {
    let at: Temporal.ZonedDateTime | null = Temporal.Instant.fromEpochMilliseconds(firstYear).toZonedDateTimeISO(id)
    offsets.push(at.offsetNanoseconds / 1e6)
    for (
      at = at.getTimeZoneTransition('next');
      at && at.epochMilliseconds < lastYear;
      at = at.getTimeZoneTransition('next')
    ) {
      starts.push(at.epochMilliseconds)
      offsets.push(at.offsetNanoseconds / 1e6)
    }
  } catch {
    return undefined
  }
  const offsetAt = (instant: number): number => offsets[countUpTo(starts, instant)] ?? 0
  return {
    id,
    wallOf: (instant) => instant + offsetAt(instant),
    instantOf(wall) {
      // No clock is changed by more than a day, nor twice within two.
      const [before, after] = [offsetAt(wall - 86_400_000), offsetAt(wall + 86_400_000)]
      if (before === after || offsetAt(wall - before) === before) return wall - before
      return offsetAt(wall - after) === after ? wall - after : wall - before
    },
  }
}

/** How many of the ascending numbers are not above `value`. */
function countUpTo(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) <= value) low = middle + 1
    else high = middle
  }
  return low
}

/** When the clocks of a zone are changed in these years, with what they show then before and after. */
export function transitionsOf(id: string, from: number, to: number) {
  const found: { instant: number; offsetBefore: number; offsetAfter: number }[] = []
  const zone = ianaZone(id)
  if (!zone) return found
  let at = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(id).getTimeZoneTransition('next')
  for (; at && at.epochMilliseconds < to; at = at.getTimeZoneTransition('next')) {
    const instant = at.epochMilliseconds
    const offsetBefore = zone.wallOf(instant - 1) - (instant - 1)
    found.push({ instant, offsetBefore, offsetAfter: zone.wallOf(instant) - instant })
  }
  return found
}
