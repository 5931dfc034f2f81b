import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import type { WholeEventRow } from '../events/event-read-store.ts'

export type InvitationRow = WholeEventRow & { sort: string }

export const invitationStore = {
  /** Events to come in the owner's own calendars that await an answer of these addresses, in lower case, by when they begin. */
  async awaiting(
    db: Queryable,
    ownerId: string,
    page: { emails: readonly string[]; after: readonly [string, string, string] | undefined; limit: number },
  ): Promise<InvitationRow[]> {
    const beyond = page.after
      ? sql`and (event.starts_at, event.object_id, event.key)
          > (${page.after[0]}::timestamptz, ${page.after[1]}::uuid, ${page.after[2]})`
      : sql``
    const { rows } = await sql<InvitationRow>`
      select event.object_id, event.key, event.calendar, object.name, object.etag, event.starts_at, event.ends_at,
        event.is_floating, event.recurrence, event.fields,
        to_char(event.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as sort
      from calendar_event as event
      join calendar_object as object on object.owner_id = event.owner_id and object.id = event.object_id
      join calendar on calendar.owner_id = event.owner_id and calendar.name = event.calendar
      where event.owner_id = ${ownerId} and calendar.access = 'owner' and event.range_end > now()
        and event.fields ->> 'status' <> 'CANCELLED'
        and lower(coalesce(event.fields ->> 'organizer', '')) <> all(${[...page.emails]}::text[])
        and exists (
          select 1 from jsonb_array_elements(event.fields -> 'attendees') as attendee
          where lower(attendee ->> 'email') = any(${[...page.emails]}::text[])
            and attendee ->> 'status' = 'NEEDS-ACTION'
        ) ${beyond}
      order by event.starts_at, event.object_id, event.key limit ${page.limit}`.execute(db)
    return rows
  },
}
