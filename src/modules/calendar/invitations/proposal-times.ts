import type { Tx } from '#platform/database/database.ts'
import { wallTimes } from '../events/occurrence-memory.ts'
import type { EventFields, ReadEvent } from '../ical/event-fields.ts'
import { basicUtc, dayMs, parseBasic } from '../ical/ical-time.ts'
import { expand, type Recurrence } from '../ical/recurrence.ts'
import { ianaZone } from '../ical/zones.ts'
import { proposalStore } from './proposal-store.ts'

type Event = { key: string; recurrence: Recurrence | null; fields: EventFields }
type Times = Pick<EventFields, 'start' | 'end' | 'timezone'>

/** When an event of an object takes place, to be compared; undefined where there is no such event. */
export function timesAt(events: readonly Event[], key: string): string | undefined {
  const event = events.find((one) => one.key === key)
  const master = events.find((one) => one.key === '')
  const { rrule = null } = key === '' ? (event?.fields ?? {}) : {}
  const times = event?.fields ?? (master && occurrenceAt(master, key))
  return times && JSON.stringify([times.start, times.end, times.timezone, rrule])
}

function occurrenceAt({ recurrence, fields }: Event, key: string): Times | undefined {
  const at = parseBasic(key)
  if (!recurrence || !at) return undefined
  for (const one of expand(recurrence, { from: at.wall - dayMs, to: at.wall + 2 * dayMs })) {
    if (one.key === key) return { ...wallTimes(fields, one), timezone: fields.timezone }
  }
  return undefined
}

/** The times that are proposed, in a zone that everybody knows. */
export function proposedTimes({ fields, times }: ReadEvent): Times {
  const { start, end, timezone, end_timezone: endZone } = fields
  const isKnown = timezone === null || ianaZone(timezone) !== undefined
  if (fields.is_all_day || (isKnown && endZone === null)) return { start, end, timezone }
  return { start: basicUtc(times.startsAt), end: basicUtc(times.endsAt), timezone: null }
}

/** The same times for an event that stays in its own zone: a series keeps its clock. */
export function timesInZone(times: Times, zone: string | null): Times {
  const from = times.timezone === null ? undefined : ianaZone(times.timezone)
  if (zone === null || times.timezone === zone || parseBasic(times.start)?.isDate) return times
  const utcOf = (text: string) => (from ? basicUtc(from.instantOf(parseBasic(text)?.wall ?? 0)) : text)
  return { start: utcOf(times.start), end: utcOf(times.end), timezone: zone }
}

/** Takes away what was proposed about a time at which those objects, just stored, do not take place any more. */
export async function dropOutdated(
  tx: Tx,
  ownerId: string,
  stored: readonly { id: string; events: readonly Event[] }[],
): Promise<void> {
  const events = new Map(stored.map((one) => [one.id, one.events]))
  const open = await proposalStore.about(tx, ownerId, [...events.keys()])
  const outdated = open.filter(({ object_id: id, key, about }) => timesAt(events.get(id) ?? [], key) !== about)
  if (outdated.length === 0) return
  await proposalStore.remove(
    tx,
    ownerId,
    outdated.map(({ id }) => id),
  )
}
