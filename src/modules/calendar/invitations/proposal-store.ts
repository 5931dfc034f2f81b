import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'

export type ProposalRow = {
  id: string
  /** Of the occurrence; empty for the whole. */
  key: string
  email: string
  name: string
  starts: string
  ends: string
  timezone: string | null
  location: string
  comment: string
  /** When the event took place as it came; see `timesAt`. */
  about: string
  received_at: Date
}
export type NewProposal = Omit<ProposalRow, 'id' | 'received_at'> & { stampedAt: number }
type ObjectName = { calendar: string; name: string }

const columns = sql`id, key, email, name, starts, ends, timezone, location, comment, about, received_at`
/** Those of one event that are shown and kept: more than anybody looks through. */
const maxOfObject = 200

const objectAt = (ownerId: string, { calendar, name }: ObjectName) => sql`(
  select object.id from calendar_object as object
  where object.owner_id = ${ownerId} and object.calendar = ${calendar} and object.name = ${name})`

/** Somebody who may write to a calendar of another's, with its name there. */
export type Delegate = { owner_id: string; uid: string; calendar: string }

export const proposalStore = {
  /** In the order in which they came. */
  async ofObject(db: Queryable, ownerId: string, place: ObjectName): Promise<ProposalRow[]> {
    const { rows } = await sql<ProposalRow>`
      select ${columns} from calendar_proposal
      where owner_id = ${ownerId} and object_id = ${objectAt(ownerId, place)}
      order by received_at, id limit ${maxOfObject}`.execute(db)
    return rows
  },

  /** One of an object's own. */
  async find(db: Queryable, ownerId: string, place: ObjectName, id: string): Promise<ProposalRow | undefined> {
    const { rows } = await sql<ProposalRow>`
      select ${columns} from calendar_proposal
      where owner_id = ${ownerId} and id = ${id} and object_id = ${objectAt(ownerId, place)}`.execute(db)
    return rows[0]
  },

  /**
   * Keeps it in the place of the last one of the same person about the same occurrence.
   * @returns its id; undefined when that one is newer, when there are too many, and for an object that is not kept.
   */
  async put(tx: Tx, ownerId: string, place: ObjectName, proposal: NewProposal): Promise<string | undefined> {
    const { key, email, name, starts, ends, timezone, location, comment, about, stampedAt } = proposal
    const { rows } = await sql<{ id: string }>`
      insert into calendar_proposal as known (owner_id, id, object_id, key, email, name, starts, ends, timezone,
        location, comment, about, stamped_at)
      select ${ownerId}, ${newId()}, object.id, ${key}, ${email}, ${name}, ${starts}, ${ends}, ${timezone},
        ${location}, ${comment}, ${about}, ${new Date(stampedAt)}
      from calendar_object as object
      where object.owner_id = ${ownerId} and object.calendar = ${place.calendar} and object.name = ${place.name}
        and ${maxOfObject} > (
          select count(*) from calendar_proposal as other
          where other.owner_id = object.owner_id and other.object_id = object.id
            and (other.key, other.email) <> (${key}, ${email})
        )
      on conflict (owner_id, object_id, key, email) do update
        set id = excluded.id, name = excluded.name, starts = excluded.starts, ends = excluded.ends,
          timezone = excluded.timezone, location = excluded.location, comment = excluded.comment,
          about = excluded.about, stamped_at = excluded.stamped_at, received_at = now()
        where known.stamped_at < excluded.stamped_at
      returning id`.execute(tx)
    return rows[0]?.id
  },

  /** Those of these names at the server who may write to the calendar and see who is invited to an object of it. */
  async delegates(
    db: Queryable,
    { belongsTo, calendar, name }: ObjectName & { belongsTo: string },
    uids: readonly string[],
  ): Promise<Delegate[]> {
    if (uids.length === 0) return []
    const { rows } = await sql<Delegate>`
      select home.owner_id, home.uid, calendar.name as calendar from calendar_home as home
      join calendar on calendar.owner_id = home.owner_id and calendar.access = 'read_write'
        and calendar.belongs_to = ${belongsTo} and calendar.name = ${`${calendar}_shared_by_${belongsTo}`}
      where lower(home.uid) = any(${uids.map((uid) => uid.toLowerCase())}::text[]) and exists (
        select from calendar_object as object
        join calendar_event as event on event.owner_id = object.owner_id and event.object_id = object.id
        where object.owner_id = home.owner_id and object.calendar = calendar.name and object.name = ${name}
          and event.fields ->> 'organizer' is not null
      )`.execute(db)
    return rows
  },

  /** What those of some objects are about. */
  async about(
    db: Queryable,
    ownerId: string,
    objectIds: readonly string[],
  ): Promise<{ id: string; object_id: string; key: string; about: string }[]> {
    const { rows } = await sql<{ id: string; object_id: string; key: string; about: string }>`
      select id, object_id, key, about from calendar_proposal
      where owner_id = ${ownerId} and object_id = any(${[...objectIds]}::uuid[])`.execute(db)
    return rows
  },

  /** @returns how many of them were there. */
  async remove(db: Queryable, ownerId: string, ids: readonly string[]): Promise<number> {
    const { rows } = await sql`
      delete from calendar_proposal where owner_id = ${ownerId} and id = any(${[...ids]}::uuid[]) returning id`.execute(
      db,
    )
    return rows.length
  },
}
