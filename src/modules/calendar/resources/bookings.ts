import type { Database, Queryable, Transact, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import { holderOf, type SeenCalendar } from '../calendars/calendar-holder.ts'
import { isAmong, type OwnAddresses } from '../calendars/own-addresses.ts'
import { personStore } from '../calendars/person-store.ts'
import type { CalendarObject } from '../ical/calendar-object.ts'
import { allOf } from '../ical/content-lines.ts'
import { addressOf } from '../ical/event-fields.ts'
import { componentsOf, organizerOf } from '../invitations/itip.ts'
import { calendarStore } from '../mirror/calendar-store.ts'
import { type BookingPlace, type SeriesRow, bookingStore as store } from './booking-store.ts'
import { type Verdict, writeVerdict } from './resource-answers.ts'
import { type ResourceRow, resourceStore } from './resource-store.ts'
import { horizonOf, isFree, rangeOf, type WantedSpan, wantedOf } from './wanted-spans.ts'

/** What resources answered to an object that is about to be written. */
export type Answered = {
  /** The object says something else than before. */
  isChanged: boolean
  /** The object is written: to be part of the transaction that stores it here. */
  settle(tx: Tx): Promise<void>
  /** It is not. */
  release(): Promise<void>
}

/** An occurrence that a resource declines; empty is the key of an event that takes place once. */
export type DeclinedOccurrence = { email: string; key: string }
export type Extended = { declined: DeclinedOccurrence[]; revoked: string[] }

export type Bookings = ReturnType<typeof createBookings>

/**
 * Resources answer for themselves. Their times are kept before the object goes to the server, one object at a time for
 * each resource, and booked once it is there: of two people who ask at once, one gets it.
 */
export function createBookings(deps: {
  database: Database
  transact: Transact
  ownAddresses: OwnAddresses
  now: () => number
}) {
  const { database, transact, ownAddresses, now } = deps

  /** Bookings are of the one whose calendar it is, whoever writes in it. */
  async function placeOf(db: Queryable, { ownerId, calendar }: SeenCalendar, object: string): Promise<BookingPlace> {
    const seen = { ownerId, calendar: calendar.name, object }
    if (calendar.access === 'owner') return seen
    const holder = await holderOf(db, { ownerId, calendar })
    const isKnown = holder && (await calendarStore.find(db, holder.ownerId, holder.calendar)) !== undefined
    return isKnown ? { ...holder, object } : seen
  }

  /** The person who invites: whose calendar it is, or who writes in it. Copies of events of others book nothing. */
  async function bookerOf(object: CalendarObject, ownerId: string, writerId: string): Promise<string | undefined> {
    const organizer = organizerOf(object)
    if (!organizer) return ownerId
    for (const id of new Set([ownerId, writerId])) {
      if (isAmong(await ownAddresses.ofOwner(database, id), addressOf(organizer))) return id
    }
    return undefined
  }

  function hold(
    { place, version, booker }: { place: BookingPlace; version: string; booker: string },
    object: CalendarObject,
    asked: { resources: readonly ResourceRow[]; insteadOf: string | undefined },
  ): Promise<Verdict[]> {
    return transact(async (tx) => {
      const groups = await personStore.groupsOf(tx, booker)
      const verdicts: Verdict[] = []
      const objects = [place.object, ...(asked.insteadOf === undefined ? [] : [asked.insteadOf])]
      const except = { ownerId: place.ownerId, uid: object.uid, calendar: place.calendar, objects }
      for (const resource of await resourceStore.lock(
        tx,
        asked.resources.map(({ id }) => id),
      )) {
        const told = { resource, isAllowed: mayBook(resource, groups), declined: new Set<string>() }
        const horizon = horizonOf(resource.booking_days, now())
        const wanted = told.isAllowed ? wantedOf(object, resource.email, horizon) : undefined
        if (wanted === undefined || typeof wanted === 'string') {
          verdicts.push({ ...told, isAccepted: false, reason: wanted })
          continue
        }
        const { spans, alone, goesOn } = wanted
        const taken = await store.taken(tx, [resource.id], rangeOf([...spans, ...alone]), except)
        if (!isFree(spans, taken)) {
          verdicts.push({ ...told, isAccepted: false, reason: 'taken' })
          continue
        }
        const own = { resourceId: resource.id, uid: object.uid, version }
        const [free, declined] = partition(alone, (span) => isFree([span], taken))
        await store.hold(tx, place, { ...own, spans: [...spans, ...free] })
        if (goesOn) await store.holdSeries(tx, place, { ...own, bookedUntil: horizon.seriesUntil })
        verdicts.push({
          ...told,
          isAccepted: true,
          declined: new Set(declined.map(({ key }) => key)),
          reason: undefined,
        })
      }
      return verdicts
    })
  }

  async function extendOne(
    tx: Tx,
    place: BookingPlace,
    { resource, series, object }: { resource: ResourceRow; series: SeriesRow; object: CalendarObject },
  ): Promise<DeclinedOccurrence[]> {
    const horizon = horizonOf(resource.booking_days, now())
    const wanted = wantedOf(object, resource.email, horizon)
    if (typeof wanted === 'string') return []
    const booked = new Set(await store.startsOf(tx, place, resource.id))
    const fresh = [...wanted.spans, ...wanted.alone].filter(({ start }) => !booked.has(start))
    const except = { ownerId: place.ownerId, uid: object.uid, calendar: place.calendar, objects: [place.object] }
    const taken = await store.taken(tx, [resource.id], rangeOf(fresh), except)
    const [free, refused] = partition(fresh, (span) => isFree([span], taken))
    await store.add(tx, place, { resourceId: resource.id, uid: object.uid, version: series.version, spans: free })
    const declined = refused.filter((span) => !wanted.alone.includes(span))
    if (declined.length === 0) {
      await store.moveSeries(tx, place, series, wanted.goesOn ? horizon.seriesUntil : undefined)
    }
    return declined.map(({ key }: WantedSpan) => ({ email: resource.email, key }))
  }

  return {
    /**
     * Has the resources among those invited answer, in the object itself. `insteadOf`: an object of the same calendar
     * whose times are free for this one, since they are about to go from there to here.
     */
    async answer(
      open: SeenCalendar,
      name: string,
      object: CalendarObject,
      { insteadOf }: { insteadOf?: string | undefined } = {},
    ): Promise<Answered> {
      const version = newId()
      const place = await placeOf(database, open, name)
      const settled = { isChanged: false, settle: (tx: Tx) => store.settle(tx, place, version), release: nothing }
      const resources = await resourceStore.named(database, invitedTo(object))
      if (resources.length === 0) return settled
      const booker = await bookerOf(object, place.ownerId, open.ownerId)
      if (booker === undefined) return { isChanged: false, settle: nothing, release: nothing }
      const verdicts = await hold({ place, version, booker }, object, { resources, insteadOf })
      const isChanged = verdicts.map((verdict) => writeVerdict(object, verdict)).includes(true)
      return { ...settled, isChanged, release: () => store.release(database, place, version) }
    },

    /**
     * Books what has come into the window of a series since it was booked, and answers the occurrences in which somebody
     * was faster: they are to be declined in the object. Until that is written, the same is answered again. `revoked`
     * are resources that the organizer may not book any more: they are to answer anew. `versions` are those of which it
     * was booked before the object was read: of what was written since, the object read may know nothing.
     */
    async extend(
      open: SeenCalendar,
      name: string,
      { object, versions }: { object: CalendarObject; versions: readonly string[] },
    ): Promise<Extended> {
      const place = await placeOf(database, open, name)
      const resources = await resourceStore.named(database, invitedTo(object))
      const booker = await bookerOf(object, place.ownerId, open.ownerId)
      return transact(async (tx) => {
        const groups = booker === undefined ? [] : await personStore.groupsOf(tx, booker)
        const extended: Extended = { declined: [], revoked: [] }
        const locked = await resourceStore.lock(
          tx,
          resources.map(({ id }) => id),
        )
        for (const resource of locked) {
          const series = await store.series(tx, place, resource.id)
          if (!series || !versions.includes(series.version)) continue
          if (booker === undefined || !mayBook(resource, groups)) extended.revoked.push(resource.email)
          else extended.declined.push(...(await extendOne(tx, place, { resource, series, object })))
        }
        await store.forgetSeriesOfOthers(
          tx,
          place,
          locked.map(({ id }) => id),
        )
        return extended
      })
    },

    /** An object is no more. */
    async drop(tx: Tx, open: SeenCalendar, name: string): Promise<void> {
      const { ownerId, calendar, object } = await placeOf(tx, open, name)
      await store.removeObjects(tx, ownerId, calendar, [object])
    },
  }
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}

/** Whether a member of these groups may book it now. */
export const mayBook = ({ groups, is_active: isActive }: ResourceRow, own: readonly string[]): boolean =>
  isActive && (groups.length === 0 || groups.some((group) => own.includes(group)))

const invitedTo = (object: CalendarObject): string[] => [
  ...new Set(
    componentsOf(object)
      .flatMap((event) => allOf(event, 'ATTENDEE'))
      .map((one) => addressOf(one).toLowerCase()),
  ),
]

const nothing = async () => undefined
