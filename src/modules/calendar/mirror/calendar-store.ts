import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { ServerCalendar, Share } from './calendar-server.ts'

export type CalendarRow = {
  name: string
  display_name: string
  description: string
  color: string | null
  sort_order: number
  is_visible: boolean
  access: 'owner' | 'read' | 'read_write'
  belongs_to: string
  shares: Share[]
  sync_token: string | null
  ctag: string | null
  version: number
  reconciled_at: Date | null
}

export type HomeRow = { uid: string; ageMs: number | null; isMarkedUsed: boolean; calendars: string[] }

const columns = sql`name, display_name, description, color, sort_order, is_visible, access, belongs_to, shares,
  sync_token, ctag, version, reconciled_at`

export const calendarStore = {
  async saveHome(db: Queryable, ownerId: string, uid: string): Promise<void> {
    await sql`insert into calendar_home (owner_id, uid) values (${ownerId}, ${uid})
      on conflict (owner_id) do update set uid = excluded.uid
      where calendar_home.uid <> excluded.uid`.execute(db)
  },

  /** The owner's name at the server and how old what is here is; undefined before the first use. */
  async home(db: Queryable, ownerId: string): Promise<HomeRow | undefined> {
    const { rows } = await sql<HomeRow>`
      select uid, (extract(epoch from clock_timestamp() - checked_at) * 1000)::float8 as "ageMs",
        used_at > now() - interval '1 hour' as "isMarkedUsed",
        array(select name from calendar where calendar.owner_id = home.owner_id) as calendars
      from calendar_home as home where owner_id = ${ownerId}`.execute(db)
    return rows[0]
  },

  async markUsed(db: Queryable, ownerId: string): Promise<void> {
    await sql`update calendar_home set used_at = now()
      where owner_id = ${ownerId} and used_at < now() - interval '1 hour'`.execute(db)
  },

  /** Whose name at the server that is; undefined for somebody who is not known here. */
  async ownerOf(db: Queryable, uid: string): Promise<string | undefined> {
    const { rows } = await sql<{ owner_id: string }>`
      select owner_id from (
        select owner_id, 1 as place from calendar_home where lower(uid) = lower(${uid})
        union all select owner_id, 2 from nextcloud_account where lower(uid) = lower(${uid})
      ) as known order by place limit 1`.execute(db)
    return rows[0]?.owner_id
  },

  /** What these people have here is no longer up to date, since somebody wrote to them. @returns who has any. */
  async expire(tx: Tx, people: { emails: readonly string[]; uids: readonly string[] }): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      update calendar_home set checked_at = null
      where owner_id in (select id from principal where lower(email) = any(${[...people.emails]}::text[]))
        or lower(uid) = any(${[...people.uids]}::text[])
      returning owner_id`.execute(tx)
    return rows.map(({ owner_id }) => owner_id)
  },

  async markChecked(tx: Queryable, ownerId: string, at: Date): Promise<void> {
    await sql`update calendar_home set checked_at = ${at} where owner_id = ${ownerId}`.execute(tx)
  },

  /** Owners in use whose calendars were not compared for long, those of the longest first. */
  async due(db: Queryable, options: { afterSeconds: number; limit: number }): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      select owner_id from calendar_home
      where (checked_at is null or checked_at < now() - make_interval(secs => ${options.afterSeconds}))
        and used_at > now() - interval '14 days'
      order by checked_at nulls first limit ${options.limit}`.execute(db)
    return rows.map(({ owner_id }) => owner_id)
  },

  async list(db: Queryable, ownerId: string): Promise<CalendarRow[]> {
    const { rows } = await sql<CalendarRow>`
      select ${columns} from calendar where owner_id = ${ownerId} order by sort_order, lower(display_name), name`.execute(
      db,
    )
    return rows
  },

  async find(db: Queryable, ownerId: string, name: string): Promise<CalendarRow | undefined> {
    const { rows } = await sql<CalendarRow>`
      select ${columns} from calendar where owner_id = ${ownerId} and name = ${name}`.execute(db)
    return rows[0]
  },

  /** Held until the transaction ends: nobody else writes objects of the calendar meanwhile. */
  async lock(tx: Tx, ownerId: string, name: string): Promise<CalendarRow | undefined> {
    const { rows } = await sql<CalendarRow>`
      select ${columns} from calendar where owner_id = ${ownerId} and name = ${name} for update`.execute(tx)
    return rows[0]
  },

  /** What the server says of a calendar. @returns what of it is new: all of it, something, nothing. */
  async save(tx: Tx, ownerId: string, calendar: ServerCalendar): Promise<'created' | 'updated' | undefined> {
    const { name, displayName, description, color, sortOrder, isVisible, access, belongsTo, shares } = calendar
    const { rows } = await sql<{ is_new: boolean }>`
      insert into calendar as known (owner_id, name, display_name, description, color, sort_order, is_visible, access,
        belongs_to, shares)
      values (${ownerId}, ${name}, ${displayName}, ${description}, ${color}, ${sortOrder}, ${isVisible}, ${access},
        ${belongsTo}, ${JSON.stringify(shares)}::jsonb)
      on conflict (owner_id, name) do update set display_name = excluded.display_name,
        description = excluded.description, color = excluded.color, sort_order = excluded.sort_order,
        is_visible = excluded.is_visible, access = excluded.access, belongs_to = excluded.belongs_to,
        shares = excluded.shares
      where (known.display_name, known.description, known.color, known.sort_order, known.is_visible, known.access,
          known.belongs_to, known.shares)
        is distinct from (excluded.display_name, excluded.description, excluded.color, excluded.sort_order,
          excluded.is_visible, excluded.access, excluded.belongs_to, excluded.shares)
      returning (xmax = 0) as is_new`.execute(tx)
    return rows[0] && (rows[0].is_new ? 'created' : 'updated')
  },

  /** @returns the names of those that were there. */
  async removeOthers(tx: Tx, ownerId: string, names: readonly string[]): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`
      delete from calendar where owner_id = ${ownerId} and name <> all(${[...names]}::text[]) returning name`.execute(
      tx,
    )
    return rows.map(({ name }) => name)
  },

  async remove(tx: Tx, ownerId: string, name: string): Promise<void> {
    await sql`delete from calendar where owner_id = ${ownerId} and name = ${name}`.execute(tx)
  },

  /** That the cache holds what the server has at this token. */
  async markSynced(
    tx: Tx,
    ownerId: string,
    calendar: { name: string; syncToken: string; ctag: string | null; isWhole: boolean },
  ): Promise<void> {
    await sql`update calendar set sync_token = ${calendar.syncToken}, ctag = ${calendar.ctag},
        reconciled_at = case when ${calendar.isWhole} then now() else reconciled_at end
      where owner_id = ${ownerId} and name = ${calendar.name}`.execute(tx)
  },

  async bump(tx: Tx, ownerId: string, name: string): Promise<void> {
    await sql`update calendar set version = version + 1 where owner_id = ${ownerId} and name = ${name}`.execute(tx)
  },
}
