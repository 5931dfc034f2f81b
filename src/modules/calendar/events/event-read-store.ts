import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import type { EventFields } from '../ical/event-fields.ts'
import type { Recurrence } from '../ical/recurrence.ts'

/** An event without what it says. */
export type EventRow = {
  object_id: string
  key: string
  calendar: string
  name: string
  etag: string
  starts_at: Date
  ends_at: Date
  is_floating: boolean
  recurrence: Recurrence | null
}
export type WholeEventRow = EventRow & { fields: EventFields }

/** An event with what lists answer of it. */
export type ListedEventRow = Omit<EventRow, 'recurrence'> & {
  /** JSON. */
  recurrence: string | null
  start: string
  end: string
  timezone: string | null
  end_timezone: string | null
  recurrence_id: string | null
  /** JSON of its other fields. */
  said: string
}

const columns = sql`event.object_id, event.key, event.calendar, object.name, object.etag, event.starts_at, event.ends_at,
  event.is_floating, event.recurrence`
const listed = sql`event.object_id, event.key, event.calendar, object.name, object.etag, event.starts_at, event.ends_at,
  event.is_floating, event.recurrence::text as recurrence, event.said, event.fields ->> 'start' as start,
  event.fields ->> 'end' as end, event.fields ->> 'timezone' as timezone,
  event.fields ->> 'end_timezone' as end_timezone, event.fields ->> 'recurrence_id' as recurrence_id`
const joined = sql`calendar_event as event
  join calendar_object as object on object.owner_id = event.owner_id and object.id = event.object_id`

/** Everything of which a part may lie in it. */
export type TimeRange = { calendars: readonly string[]; from: Date; to: Date }

const liesIn = (ownerId: string, { calendars, from, to }: TimeRange) => sql`
  event.owner_id = ${ownerId} and event.range_end >= ${from} and event.starts_at < ${to}
    and event.calendar = any(${[...calendars]}::text[])`

export const eventReadStore = {
  /** Series are to be looked at more closely. */
  async inTime(db: Queryable, ownerId: string, range: TimeRange, limit: number): Promise<ListedEventRow[]> {
    const { rows } = await sql<ListedEventRow>`
      select ${listed} from ${joined} where ${liesIn(ownerId, range)} limit ${limit}`.execute(db)
    return rows
  },

  /** Another one after each change of what `inTime` finds: an event is written anew, in another transaction. */
  async versionInTime(db: Queryable, ownerId: string, range: TimeRange): Promise<string> {
    const { rows } = await sql<{ version: string }>`
      select count(*) || ' ' ||
        coalesce(bit_xor(hashtextextended(object_id || key, xmin::text::bigint)), 0) as version
      from calendar_event as event where ${liesIn(ownerId, range)}`.execute(db)
    return rows[0]?.version ?? ''
  },

  /** By when they begin, then by their ids. */
  async page(
    db: Queryable,
    ownerId: string,
    page: { calendars: readonly string[]; after: readonly [string, string, string] | undefined; limit: number },
  ): Promise<(ListedEventRow & { sort: string })[]> {
    const beyond = page.after
      ? sql`and (event.starts_at, event.object_id, event.key)
          > (${page.after[0]}::timestamptz, ${page.after[1]}::uuid, ${page.after[2]})`
      : sql``
    const { rows } = await sql<ListedEventRow & { sort: string }>`
      select ${listed},
        to_char(event.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as sort
      from ${joined}
      where event.owner_id = ${ownerId} and event.calendar = any(${[...page.calendars]}::text[]) ${beyond}
      order by event.starts_at, event.object_id, event.key limit ${page.limit}`.execute(db)
    return rows
  },

  /** All events of one object, its master first. */
  async ofObject(db: Queryable, ownerId: string, place: { calendar: string; name: string }): Promise<WholeEventRow[]> {
    const { rows } = await sql<WholeEventRow>`
      select ${columns}, event.fields from ${joined}
      where object.owner_id = ${ownerId} and object.calendar = ${place.calendar} and object.name = ${place.name}
      order by event.key`.execute(db)
    return rows
  },
}
