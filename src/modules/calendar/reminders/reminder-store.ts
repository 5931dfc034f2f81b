import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { EventFields } from '../ical/event-fields.ts'
import type { Recurrence } from '../ical/recurrence.ts'

export type DueReminder = {
  owner_id: string
  object_id: string
  key: string
  due_at: Date
  occurrence: string
  starts_at: Date
  is_floating: boolean
  by_mail: boolean
  calendar: string
  name: string
  uid: string
  event_starts_at: Date
  event_ends_at: Date
  event_is_floating: boolean
  recurrence: Recurrence | null
  fields: EventFields
  home: string
}

/** Times of one that `isFloating` are those on the reader's wall, as if in UTC. */
export type NewReminder = {
  objectId: string
  key: string
  dueAt: number
  occurrence: string
  startsAt: number
  isFloating: boolean
  byMail: boolean
}

/** Whether its time has come, by the clock of its owner. No clock is ahead of UTC by more than 15 hours. */
const isDue = sql`reminder.due_at <= now() + interval '15 hours' and now() >= case when reminder.is_floating
  then calendar_moment(reminder.due_at, person.time_zone) else reminder.due_at end`
const withPerson = sql`calendar_reminder as reminder left join principal as person on person.id = reminder.owner_id`

export const reminderStore = {
  async set(tx: Tx, ownerId: string, reminders: readonly NewReminder[]): Promise<void> {
    if (reminders.length === 0) return
    const times = (of: 'dueAt' | 'startsAt') => reminders.map((one) => new Date(one[of]).toISOString())
    await sql`
      insert into calendar_reminder (owner_id, object_id, key, due_at, occurrence, starts_at, is_floating, by_mail)
      select ${ownerId}, * from unnest(${reminders.map((one) => one.objectId)}::uuid[],
        ${reminders.map((one) => one.key)}::text[], ${times('dueAt')}::timestamptz[],
        ${reminders.map((one) => one.occurrence)}::text[], ${times('startsAt')}::timestamptz[],
        ${reminders.map((one) => one.isFloating)}::boolean[], ${reminders.map((one) => one.byMail)}::boolean[])
      on conflict (owner_id, object_id, key) do update set due_at = excluded.due_at, occurrence = excluded.occurrence,
        starts_at = excluded.starts_at, is_floating = excluded.is_floating, by_mail = excluded.by_mail`.execute(tx)
  },

  /** Takes those of one owner whose time has come; somebody else takes none of them meanwhile. */
  async take(tx: Tx, ownerId: string, limit: number): Promise<DueReminder[]> {
    const { rows } = await sql<DueReminder>`
      with taken as (
        delete from calendar_reminder where (owner_id, object_id, key) in (
          select reminder.owner_id, object_id, key from ${withPerson}
          where reminder.owner_id = ${ownerId} and ${isDue}
          order by due_at limit ${limit} for update of reminder skip locked
        ) returning *
      )
      select taken.*, object.calendar, object.name, object.uid, event.starts_at as event_starts_at,
        event.ends_at as event_ends_at, event.is_floating as event_is_floating, event.recurrence, event.fields, home.uid as home
      from taken
      join calendar_event as event using (owner_id, object_id, key)
      join calendar_object as object on object.owner_id = taken.owner_id and object.id = taken.object_id
      join calendar_home as home on home.owner_id = taken.owner_id
      order by taken.due_at`.execute(tx)
    return rows
  },

  /** Owners whose time has come. */
  async due(db: Queryable): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      select distinct reminder.owner_id from ${withPerson} where ${isDue} limit 500`.execute(db)
    return rows.map(({ owner_id }) => owner_id)
  },
}
