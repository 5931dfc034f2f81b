import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'

/** The object that books, in a calendar of its owner's. */
export type BookingPlace = { ownerId: string; calendar: string; object: string }
/** Instants; the end is later than the start. */
export type Span = { start: number; end: number }
export type NewBooking = { resourceId: string; uid: string; version: string; spans: readonly Span[] }
/** A series of which nothing is booked that begins at `bookedUntil` or later. */
export type NewSeries = { resourceId: string; uid: string; version: string; bookedUntil: number }

/** A series as far as it is booked. */
export type SeriesRow = { resourceId: string; version: string }

/** What an event that asks holds itself: objects of one calendar, and that uid in any of its owner's. */
export type OwnBookings = { ownerId: string; uid: string; calendar: string; objects: readonly string[] }

/** How long a time is kept for an object that is being written: a write that takes longer has failed. */
const held = sql`interval '5 minutes'`
const counts = sql`(held_until is null or held_until > clock_timestamp())`
const timesOf = (spans: readonly Span[], which: keyof Span) => spans.map((one) => new Date(one[which]).toISOString())

const isOf = ({ ownerId, calendar, object }: BookingPlace) =>
  sql`owner_id = ${ownerId} and calendar = ${calendar} and object = ${object}`

/** Series first: whoever books one further holds its row, and what they book is there once that is had. */
const tables = [sql.table('calendar_booking_series'), sql.table('calendar_booking')]

export const bookingStore = {
  /** When resources are taken within a time, in order; but not by `except`. */
  async taken(
    db: Queryable,
    resourceIds: readonly string[],
    { from, to }: { from: number; to: number },
    except?: OwnBookings,
  ): Promise<(Span & { resourceId: string })[]> {
    const isOther = except
      ? sql`not (owner_id = ${except.ownerId} and (uid = ${except.uid} or
          calendar = ${except.calendar} and object = any(${[...except.objects]}::text[])))`
      : sql`true`
    const { rows } = await sql<{ resource_id: string; starts_at: Date; ends_at: Date }>`
      select resource_id, starts_at, ends_at from calendar_booking
      where resource_id = any(${[...resourceIds]}::uuid[]) and ends_at > ${new Date(from)} and starts_at < ${new Date(to)}
        and ${counts} and ${isOther}
      order by starts_at, ends_at`.execute(db)
    return rows.map((row) => ({
      resourceId: row.resource_id,
      start: row.starts_at.getTime(),
      end: row.ends_at.getTime(),
    }))
  },

  /** Keeps times for an object that is about to be written. */
  async hold(tx: Tx, { ownerId, calendar, object }: BookingPlace, booking: NewBooking): Promise<void> {
    const { resourceId, uid, version, spans } = booking
    await sql`
      insert into calendar_booking (owner_id, id, resource_id, calendar, object, uid, starts_at, ends_at, version,
        held_until)
      select ${ownerId}, new.id, ${resourceId}, ${calendar}, ${object}, ${uid}, new.starts_at, new.ends_at, ${version},
        clock_timestamp() + ${held}
      from unnest(${spans.map(() => newId())}::uuid[], ${timesOf(spans, 'start')}::timestamptz[],
        ${timesOf(spans, 'end')}::timestamptz[]) as new (id, starts_at, ends_at)`.execute(tx)
  },

  /** The same of what goes on beyond these times. */
  async holdSeries(tx: Tx, { ownerId, calendar, object }: BookingPlace, series: NewSeries): Promise<void> {
    await sql`
      insert into calendar_booking_series (owner_id, calendar, object, resource_id, uid, version, held_until, booked_until)
      values (${ownerId}, ${calendar}, ${object}, ${series.resourceId}, ${series.uid}, ${series.version},
        clock_timestamp() + ${held}, ${new Date(series.bookedUntil)})`.execute(tx)
  },

  /** The object is written: what this version of it holds is booked, and what earlier ones did is free. */
  async settle(tx: Tx, place: BookingPlace, version: string): Promise<void> {
    for (const table of tables) {
      await sql`delete from ${table} where ${isOf(place)} and version < ${version}::uuid`.execute(tx)
      await sql`update ${table} set held_until = null where ${isOf(place)} and version = ${version}`.execute(tx)
    }
  },

  /** The object was not written after all. */
  async release(db: Queryable, place: BookingPlace, version: string): Promise<void> {
    for (const table of tables) {
      await sql`delete from ${table}
        where ${isOf(place)} and version = ${version} and held_until is not null`.execute(db)
    }
  },

  /** Objects that are no more. */
  async removeObjects(tx: Tx, ownerId: string, calendar: string, objects: readonly string[]): Promise<void> {
    for (const table of tables) {
      await sql`delete from ${table} where owner_id = ${ownerId} and calendar = ${calendar}
        and object = any(${[...objects]}::text[])`.execute(tx)
    }
  },

  /** A resource that is no more. */
  async removeOf(tx: Tx, resourceId: string): Promise<void> {
    for (const table of tables) await sql`delete from ${table} where resource_id = ${resourceId}`.execute(tx)
  },

  /**
   * A series that is written, and goes on; undefined for what ends within what is booked. Until the transaction ends
   * nobody else writes another version of it, or ends it.
   */
  async series(tx: Tx, place: BookingPlace, resourceId: string): Promise<SeriesRow | undefined> {
    const { rows } = await sql<SeriesRow>`
      select resource_id as "resourceId", version from calendar_booking_series
      where ${isOf(place)} and resource_id = ${resourceId} and held_until is null
      for update`.execute(tx)
    return rows[0]
  },

  /** Of which versions the series of an object are booked. */
  async versionsOf(db: Queryable, place: BookingPlace): Promise<string[]> {
    const { rows } = await sql<{ version: string }>`
      select version from calendar_booking_series where ${isOf(place)} and held_until is null`.execute(db)
    return rows.map(({ version }) => version)
  },

  /** When what an object books of a resource begins. */
  async startsOf(tx: Tx, place: BookingPlace, resourceId: string): Promise<number[]> {
    const { rows } = await sql<{ starts_at: Date }>`
      select starts_at from calendar_booking
      where ${isOf(place)} and resource_id = ${resourceId} and held_until is null`.execute(tx)
    return rows.map(({ starts_at }) => starts_at.getTime())
  },

  /** Books further times for an object that is written. */
  async add(tx: Tx, { ownerId, calendar, object }: BookingPlace, booking: NewBooking): Promise<void> {
    const { resourceId, uid, version, spans } = booking
    await sql`
      insert into calendar_booking (owner_id, id, resource_id, calendar, object, uid, starts_at, ends_at, version)
      select ${ownerId}, new.id, ${resourceId}, ${calendar}, ${object}, ${uid}, new.starts_at, new.ends_at, ${version}
      from unnest(${spans.map(() => newId())}::uuid[], ${timesOf(spans, 'start')}::timestamptz[],
        ${timesOf(spans, 'end')}::timestamptz[]) as new (id, starts_at, ends_at)`.execute(tx)
  },

  /** The series is booked until then; undefined once it has ended. */
  async moveSeries(
    tx: Tx,
    place: BookingPlace,
    { resourceId, version }: SeriesRow,
    bookedUntil: number | undefined,
  ): Promise<void> {
    const which = sql`${isOf(place)} and resource_id = ${resourceId} and version = ${version}`
    if (bookedUntil === undefined) await sql`delete from calendar_booking_series where ${which}`.execute(tx)
    else
      await sql`update calendar_booking_series set booked_until = ${new Date(bookedUntil)}, next_look_at = now()
        where ${which}`.execute(tx)
  },

  /** Series of an object that invites none but these by now. */
  async forgetSeriesOfOthers(tx: Tx, place: BookingPlace, resourceIds: readonly string[]): Promise<void> {
    await sql`delete from calendar_booking_series where ${isOf(place)} and held_until is null
      and resource_id <> all(${[...resourceIds]}::uuid[])`.execute(tx)
  },

  /**
   * Objects of series that are booked for less than the window of a resource, those longest ago first; nobody else gets
   * the same within the hour.
   */
  async claimSeries(db: Queryable, limit: number): Promise<BookingPlace[]> {
    const { rows } = await sql<BookingPlace>`
      with due as materialized (
        select series.owner_id, series.calendar, series.object, series.resource_id, series.version
        from calendar_booking_series as series
        join calendar_resource as resource on resource.id = series.resource_id
        where series.booked_until < now() + make_interval(days => (select max(booking_days) from calendar_resource))
          and series.booked_until < now() + make_interval(days => resource.booking_days)
          and series.next_look_at <= now() and series.held_until is null
        order by series.booked_until limit ${limit} for update of series skip locked
      ), looked as (
        update calendar_booking_series as series set next_look_at = now() + interval '1 hour'
        from due
        where series.owner_id = due.owner_id and series.calendar = due.calendar and series.object = due.object
          and series.resource_id = due.resource_id and series.version = due.version
        returning series.owner_id, series.calendar, series.object
      )
      select distinct owner_id as "ownerId", calendar, object from looked`.execute(db)
    return rows
  },

  /** Which of the objects of a calendar book something. */
  async booking(db: Queryable, ownerId: string, calendar: string, objects: readonly string[]): Promise<string[]> {
    const { rows } = await sql<{ object: string }>`
      select distinct object from calendar_booking
      where owner_id = ${ownerId} and calendar = ${calendar} and object = any(${[...objects]}::text[])`.execute(db)
    return rows.map(({ object }) => object)
  },

  /** Times that are long over, and those that were kept for writes that failed with their process. */
  async forgetOld(db: Queryable): Promise<void> {
    await sql`delete from calendar_booking
      where ends_at < now() - interval '30 days' or held_until < now() - interval '1 day'`.execute(db)
    await sql`delete from calendar_booking_series where held_until < now() - interval '1 day'`.execute(db)
  },
}
