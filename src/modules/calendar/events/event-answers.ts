import { idOfCalendar } from '../calendars/calendar-id.ts'
import type { EventFields } from '../ical/event-fields.ts'
import type { Occurrence } from '../ical/recurrence.ts'
import { utc, type Zone } from '../ical/zones.ts'
import type { ProposalRow } from '../invitations/proposal-store.ts'
import { pathOf } from './event-path.ts'
import type { ListedEventRow, WholeEventRow } from './event-read-store.ts'
import { timesText, wallTimes } from './occurrence-memory.ts'

/** An event as this API answers it. */
export type ShownEvent = EventFields & {
  path: string
  etag: string
  calendar_id: string
  starts_at: string
  ends_at: string
  is_recurring: boolean
}

/** Dates, and times that are the same on every wall, are stored as if in UTC. */
export function momentsOf(
  row: { starts_at: Date; ends_at: Date; is_floating: boolean },
  zone: Zone,
): { startsAt: number; endsAt: number } {
  const [start, end] = [row.starts_at.getTime(), row.ends_at.getTime()]
  return row.is_floating
    ? { startsAt: zone.instantOf(start), endsAt: zone.instantOf(end) }
    : { startsAt: start, endsAt: end }
}

/** Answers are put together from texts: those of a year are megabytes, of which most never changes. */
export function createEventTexts(uid: string) {
  const heads = new Map<string, string>()
  const headOf = (row: ListedEventRow): string => {
    const { object_id: id, name, calendar, etag } = row
    const known = heads.get(`${id} ${row.key}`)
    if (known !== undefined) return known
    const path = JSON.stringify(pathOf({ uid, calendar, name }))
    const head = `{"path":${path},"etag":${JSON.stringify(etag)},"calendar_id":${JSON.stringify(idOfCalendar(calendar))},`
    const whole = `${head}"is_recurring":${row.recurrence !== null || row.key !== ''},`
    heads.set(`${id} ${row.key}`, whole)
    return whole
  }
  /** In pieces: what is put together more than once is copied more than once. */
  return (row: ListedEventRow, times: string): string[] => [headOf(row), times, ',', row.said.slice(1)]
}

/** The times of an event that takes place once, and of a series as a whole. */
export const ownTimes = (row: ListedEventRow, moments: { startsAt: number; endsAt: number }): string =>
  timesText({ start: row.start, end: row.end, recurrence_id: row.recurrence_id, ...moments })

export function presentRow(row: WholeEventRow, uid: string, zone: Zone = utc): ShownEvent {
  return present(row, uid, { ...row.fields, ...momentsOf(row, zone) })
}

export const presentOccurrence = (row: WholeEventRow, uid: string, occurrence: Occurrence): ShownEvent =>
  present(row, uid, { ...row.fields, ...wallTimes(row.fields, occurrence), ...momentsIn(occurrence) })

const momentsIn = ({ startsAt, endsAt }: Occurrence) => ({ startsAt, endsAt })

function present(
  row: WholeEventRow,
  uid: string,
  { startsAt, endsAt, ...fields }: EventFields & { startsAt: number; endsAt: number },
): ShownEvent {
  return {
    path: pathOf({ uid, calendar: row.calendar, name: row.name }),
    ...{ etag: row.etag, calendar_id: idOfCalendar(row.calendar) },
    ...fields,
    ...{ starts_at: new Date(startsAt).toISOString(), ends_at: new Date(endsAt).toISOString() },
    is_recurring: row.recurrence !== null || row.key !== '',
  }
}

export const presentProposal = ({ key, email, starts, ends, about: _, received_at: at, ...said }: ProposalRow) => ({
  ...{ ...said, recurrence_id: key || null, from: email, start: starts, end: ends },
  received_at: at.toISOString(),
})
