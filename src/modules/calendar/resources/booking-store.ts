import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'

/** The object that books, in a calendar of its owner's. */
export type BookingPlace = { ownerId: string; calendar: string; object: string }
/** Instants; the end is later than the start. */
export type Span = { start: number; end: number }
export type NewBooking = { resourceId: string; uid: string; version: string; spans: readonly Span[] }

/** What an event that asks holds itself: objects of one calendar, and that uid in any of its owner's. */
export type OwnBookings = { ownerId: string; uid: string; calendar: string; objects: readonly string[] }

/** How long a time is kept for an object that is being written: a write that takes longer has failed. */
const held = sql`interval '5 minutes'`
const counts = sql`(held_until is null or held_until > clock_timestamp())`
const timesOf = (spans: readonly Span[], which: keyof Span) => spans.map((one) => new Date(one[which]).toISOString())

const isOf = ({ ownerId, calendar, object }: BookingPlace) =>
  sql`owner_id = ${ownerId} and calendar = ${calendar} and object = ${object}`

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

  /** The object is written: what this version of it holds is booked, and what earlier ones did is free. */
  async settle(tx: Tx, place: BookingPlace, version: string): Promise<void> {
    await sql`delete from calendar_booking where ${isOf(place)} and version < ${version}::uuid`.execute(tx)
    await sql`update calendar_booking set held_until = null where ${isOf(place)} and version = ${version}`.execute(tx)
  },

  /** The object was not written after all. */
  async release(db: Queryable, place: BookingPlace, version: string): Promise<void> {
    await sql`delete from calendar_booking
      where ${isOf(place)} and version = ${version} and held_until is not null`.execute(db)
  },

  /** Objects that are no more. */
  async removeObjects(tx: Tx, ownerId: string, calendar: string, objects: readonly string[]): Promise<void> {
    await sql`delete from calendar_booking where owner_id = ${ownerId} and calendar = ${calendar}
      and object = any(${[...objects]}::text[])`.execute(tx)
  },

  /** A resource that is no more. */
  async removeOf(tx: Tx, resourceId: string): Promise<void> {
    await sql`delete from calendar_booking where resource_id = ${resourceId}`.execute(tx)
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
  },
}
