import type { Database, Queryable, Transact } from '#platform/database/database.ts'
import { enqueue, handleJob, type JobHandler, jobName, type Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { ObjectAccess } from '../events/object-access.ts'
import type { CalendarObject } from '../ical/calendar-object.ts'
import { allOf, setProperty, withParams } from '../ical/content-lines.ts'
import { addressOf } from '../ical/event-fields.ts'
import { sameAddress } from '../ical/event-writing.ts'
import { addOverride } from '../ical/series-edits.ts'
import { type BookingPlace, bookingStore as store } from './booking-store.ts'
import type { Bookings, DeclinedOccurrence } from './bookings.ts'
import { openedAsOwner } from './changed-elsewhere.ts'

const extendJob = jobName<Record<string, never>>('calendar.extend_bookings')
const batchSize = 100

/** The window of a resource became another: what it opened is booked soon. */
export const extendSoon = (tx: Queryable): Promise<void> => enqueue(tx, extendJob, {}, { key: extendJob.name })

/**
 * Books series further as their resources' windows move on. In an occurrence for which somebody was faster, the
 * resource declines that one alone, and its organizer's calendar says so.
 */
export function createSeriesExtension(deps: {
  database: Database
  transact: Transact
  log: Logger
  objects: ObjectAccess
  bookings: Bookings
}): { handler: JobHandler; sweep: Sweep } {
  const { database, transact, log, objects, bookings } = deps

  async function extend(place: BookingPlace): Promise<void> {
    const versions = await store.versionsOf(database, place)
    const opened = await openedAsOwner(objects, { ...place, name: place.object })
    if (!opened) return transact((tx) => store.forgetSeriesOfOthers(tx, place, []))
    const { declined, revoked } = await bookings.extend(opened, place.object, { object: opened.object, versions })
    if (declined.length + revoked.length === 0) return
    const decline = (object: CalendarObject) => {
      for (const one of declined) declineOccurrence(object, one)
      return undefined
    }
    // Those invited from elsewhere need not know where one cannot meet.
    await objects.change(opened, undefined, decline, { isQuiet: true })
  }

  async function run(): Promise<void> {
    for (;;) {
      const places = await store.claimSeries(database, batchSize)
      for (const place of places) {
        await extend(place).catch((error) => log.warn({ err: error, ...place }, 'a series was not booked further'))
      }
      if (places.length === 0) return
    }
  }

  return {
    handler: handleJob(extendJob, run),
    sweep: { name: 'calendar.series', everySeconds: 3600, run },
  }
}

/** Makes the occurrence one of its own, in which somebody declines. */
function declineOccurrence(object: CalendarObject, { email, key }: DeclinedOccurrence): void {
  const event = object.overrides.find((one) => one.key === key)?.component ?? addOverride(object, key)
  if (!event) return
  const attendees = allOf(event, 'ATTENDEE').map((one) =>
    sameAddress(addressOf(one), email) ? withParams(one, { PARTSTAT: 'DECLINED' }) : one,
  )
  setProperty(event, 'ATTENDEE', ...attendees)
}
