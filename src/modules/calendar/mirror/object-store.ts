import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import type { EventFields } from '../ical/event-fields.ts'
import type { Recurrence } from '../ical/recurrence.ts'
import { zoneRules } from '../ical/zones.ts'
import { setReminders } from '../reminders/set-reminders.ts'
import type { ServerObject } from './calendar-server.ts'

export type ObjectRow = { id: string; calendar: string; name: string; uid: string; etag: string; content: string }

/** An event ready to be stored; times are milliseconds, and `rangeEnd` is null for a series without an end. */
export type NewEvent = {
  key: string
  startsAt: number
  endsAt: number
  rangeEnd: number | null
  isFloating: boolean
  recurrence: Recurrence | null
  fields: EventFields
}
export type NewObject = { name: string; uid: string; etag: string; content: string; events: readonly NewEvent[] }
export type Written = { id: string; name: string; uid: string; isNew: boolean }

const columns = sql`id, calendar, name, uid, etag, content`

export const objectStore = {
  async find(db: Queryable, ownerId: string, calendar: string, name: string): Promise<ObjectRow | undefined> {
    const { rows } = await sql<ObjectRow>`select ${columns} from calendar_object
      where owner_id = ${ownerId} and calendar = ${calendar} and name = ${name}`.execute(db)
    return rows[0]
  },

  /** Copies of one event, those in the owner's own calendars first. */
  async findByUid(db: Queryable, ownerId: string, uid: string): Promise<(ObjectRow & { access: string })[]> {
    const { rows } = await sql<ObjectRow & { access: string }>`
      select id, object.calendar, object.name, uid, etag, content, calendar.access
      from calendar_object as object
      join calendar on calendar.owner_id = object.owner_id and calendar.name = object.calendar
      where object.owner_id = ${ownerId} and uid = ${uid}
      order by calendar.access = 'owner' desc, object.calendar, object.name limit 20`.execute(db)
    return rows
  },

  async names(db: Queryable, ownerId: string, calendar: string): Promise<{ name: string; uid: string }[]> {
    const { rows } = await sql<{ name: string; uid: string }>`
      select name, uid from calendar_object where owner_id = ${ownerId} and calendar = ${calendar}`.execute(db)
    return rows
  },

  /** ETags by name. */
  async etags(db: Queryable, ownerId: string, calendar: string): Promise<Map<string, string>> {
    const { rows } = await sql<{ name: string; etag: string }>`
      select name, etag from calendar_object where owner_id = ${ownerId} and calendar = ${calendar}`.execute(db)
    return new Map(rows.map(({ name, etag }) => [name, etag]))
  },

  /** Stores objects with their events in the place of what was there. */
  async save(tx: Tx, ownerId: string, calendar: string, objects: readonly NewObject[]): Promise<Written[]> {
    if (objects.length === 0) return []
    const list = <Key extends keyof NewObject>(key: Key) => objects.map((one) => one[key])
    const { rows } = await sql<Written>`
      insert into calendar_object (owner_id, id, calendar, name, uid, etag, content, zone_rules)
      select ${ownerId}, new.id, ${calendar}, new.name, new.uid, new.etag, new.content, ${zoneRules}
      from unnest(${objects.map(() => newId())}::uuid[], ${list('name')}::text[], ${list('uid')}::text[],
        ${list('etag')}::text[], ${list('content')}::text[]) as new (id, name, uid, etag, content)
      on conflict (owner_id, calendar, name) do update
        set uid = excluded.uid, etag = excluded.etag, content = excluded.content, zone_rules = excluded.zone_rules
      returning id, name, uid, (xmax = 0) as "isNew"`.execute(tx)
    const ids = new Map(rows.map(({ name, id }) => [name, id]))
    await sql`delete from calendar_event where owner_id = ${ownerId} and object_id = any(${[...ids.values()]}::uuid[])`.execute(
      tx,
    )
    const events = objects.flatMap(({ name, events: own }) => own.map((event) => ({ id: ids.get(name) ?? '', event })))
    await insertEvents(tx, ownerId, calendar, events)
    await setReminders(tx, ownerId, events)
    return rows
  },

  /** Objects with times in zones that were read by other rules of these; nobody else changes them meanwhile. */
  async readByOtherRules(tx: Tx, ownerId: string, calendar: string, limit: number): Promise<ServerObject[]> {
    const { rows } = await sql<ServerObject>`
      select name, etag, content from calendar_object
      where owner_id = ${ownerId} and calendar = ${calendar} and zone_rules <> ${zoneRules}
        and content ilike '%;TZID=%' limit ${limit} for update`.execute(tx)
    return rows
  },

  /** @returns those that were there. */
  async remove(
    tx: Tx,
    ownerId: string,
    calendar: string,
    names: readonly string[],
  ): Promise<{ id: string; name: string; uid: string }[]> {
    const { rows } = await sql<{ id: string; name: string; uid: string }>`
      delete from calendar_object where owner_id = ${ownerId} and calendar = ${calendar}
        and name = any(${[...names]}::text[]) returning id, name, uid`.execute(tx)
    return rows
  },
}

async function insertEvents(
  tx: Tx,
  ownerId: string,
  calendar: string,
  events: readonly { id: string; event: NewEvent }[],
): Promise<void> {
  if (events.length === 0) return
  const time = (instant: number | null) => (instant === null ? 'infinity' : new Date(instant).toISOString())
  await sql`
    insert into calendar_event (owner_id, object_id, key, calendar, starts_at, ends_at, range_end, is_floating,
      recurrence, fields)
    select ${ownerId}, new.id, new.key, ${calendar}, new.starts_at, new.ends_at, new.range_end, new.is_floating,
      new.recurrence, new.fields
    from unnest(
      ${events.map(({ id }) => id)}::uuid[], ${events.map(({ event }) => event.key)}::text[],
      ${events.map(({ event }) => time(event.startsAt))}::timestamptz[],
      ${events.map(({ event }) => time(event.endsAt))}::timestamptz[],
      ${events.map(({ event }) => time(event.rangeEnd))}::timestamptz[],
      ${events.map(({ event }) => event.isFloating)}::boolean[],
      ${events.map(({ event }) => event.recurrence && JSON.stringify(event.recurrence))}::jsonb[],
      ${events.map(({ event }) => JSON.stringify(event.fields))}::jsonb[]
    ) as new (id, key, starts_at, ends_at, range_end, is_floating, recurrence, fields)
    on conflict do nothing`.execute(tx)
}
