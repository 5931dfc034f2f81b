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
import { type BookingPlace, bookingStore as store } from './booking-store.ts'
import { type Verdict, writeVerdict } from './resource-answers.ts'
import { type ResourceRow, resourceStore } from './resource-store.ts'
import { isFree, rangeOf, spansOf } from './wanted-spans.ts'

/** A calendar in which `ownerId`, who sees it, writes. */
/** What resources answered to an object that is about to be written. */
export type Answered = {
  /** The object says something else than before. */
  isChanged: boolean
  /** The object is written: to be part of the transaction that stores it here. */
  settle(tx: Tx): Promise<void>
  /** It is not. */
  release(): Promise<void>
}

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
        const isAllowed = mayBook(resource, groups)
        const spans = spansOf(object, resource.email, now())
        const taken = isAllowed && spans ? await store.taken(tx, [resource.id], rangeOf(spans), except) : []
        const isBooked = isAllowed && spans !== undefined && isFree(spans, taken)
        if (isBooked) await store.hold(tx, place, { resourceId: resource.id, uid: object.uid, version, spans })
        verdicts.push({ resource, isAllowed, isAccepted: isBooked })
      }
      return verdicts
    })
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

    /** An object is no more. */
    async drop(tx: Tx, open: SeenCalendar, name: string): Promise<void> {
      const { ownerId, calendar, object } = await placeOf(tx, open, name)
      await store.removeObjects(tx, ownerId, calendar, [object])
    },
  }
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
