import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { EventFields } from '../ical/event-fields.ts'
import type { Recurrence } from '../ical/recurrence.ts'
import type { Reminder } from './next-reminder.ts'

export type DueReminder = {
  owner_id: string
  object_id: string
  key: string
  due_at: Date
  occurrence: string
  starts_at: Date
  by_mail: boolean
  calendar: string
  name: string
  uid: string
  event_starts_at: Date
  event_ends_at: Date
  recurrence: Recurrence | null
  fields: EventFields
  home: string
}

export type NewReminder = Reminder & { objectId: string; key: string }

export const reminderStore = {
  async set(tx: Tx, ownerId: string, reminders: readonly NewReminder[]): Promise<void> {
    if (reminders.length === 0) return
    const times = (of: 'dueAt' | 'startsAt') => reminders.map((one) => new Date(one[of]).toISOString())
    await sql`
      insert into calendar_reminder (owner_id, object_id, key, due_at, occurrence, starts_at, by_mail)
      select ${ownerId}, * from unnest(${reminders.map((one) => one.objectId)}::uuid[],
        ${reminders.map((one) => one.key)}::text[], ${times('dueAt')}::timestamptz[],
        ${reminders.map((one) => one.occurrence)}::text[], ${times('startsAt')}::timestamptz[],
        ${reminders.map((one) => one.byMail)}::boolean[])
      on conflict (owner_id, object_id, key) do update set due_at = excluded.due_at, occurrence = excluded.occurrence,
        starts_at = excluded.starts_at, by_mail = excluded.by_mail`.execute(tx)
  },

  /** Takes those of one owner whose time has come; somebody else takes none of them meanwhile. */
  async take(tx: Tx, ownerId: string, limit: number): Promise<DueReminder[]> {
    const { rows } = await sql<DueReminder>`
      with taken as (
        delete from calendar_reminder where (owner_id, object_id, key) in (
          select owner_id, object_id, key from calendar_reminder
          where owner_id = ${ownerId} and due_at <= now() order by due_at limit ${limit} for update skip locked
        ) returning *
      )
      select taken.*, object.calendar, object.name, object.uid, event.starts_at as event_starts_at,
        event.ends_at as event_ends_at, event.recurrence, event.fields, home.uid as home
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
      select distinct owner_id from calendar_reminder where due_at <= now() limit 500`.execute(db)
    return rows.map(({ owner_id }) => owner_id)
  },
}
