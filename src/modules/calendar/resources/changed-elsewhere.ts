import type { Transact, Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { enqueue, handleJob, type JobHandler, jobName } from '#platform/jobs/jobs.ts'
import type { ObjectAccess, OpenObject } from '../events/object-access.ts'
import type { CalendarRow } from '../mirror/calendar-store.ts'
import type { NewObject } from '../mirror/object-store.ts'
import { bookingStore } from './booking-store.ts'
import type { Bookings } from './bookings.ts'
import { resourceStore } from './resource-store.ts'

type Changed = { ownerId: string; calendar: string; name: string }

const answerJob = jobName<Changed>('calendar.answer_for_resources')

/** Objects that other programs changed: resources among those invited are to answer, or their times are free again. */
export async function answerLater(
  tx: Tx,
  { ownerId, calendar }: { ownerId: string; calendar: Pick<CalendarRow, 'name' | 'access'> },
  objects: readonly NewObject[],
): Promise<void> {
  if (calendar.access !== 'owner') return
  const invited = objects.map(({ name, events }) => ({
    name,
    emails: events
      .filter(({ rangeEnd }) => rangeEnd === null || rangeEnd > Date.now())
      .flatMap(({ fields }) => fields.attendees.map(({ email }) => email.toLowerCase())),
  }))
  const resources = await resourceStore.named(tx, [...new Set(invited.flatMap(({ emails }) => emails))])
  const known = new Set(resources.map(({ email }) => email))
  const inviting = invited.filter(({ emails }) => emails.some((one) => known.has(one))).map(({ name }) => name)
  const names = objects.map(({ name }) => name)
  const booking = await bookingStore.booking(tx, ownerId, calendar.name, names)
  for (const name of new Set([...inviting, ...booking])) {
    const key = `${answerJob.name}:${ownerId}:${calendar.name}:${name}`
    await enqueue(tx, answerJob, { ownerId, calendar: calendar.name, name }, { key })
  }
}

/** An object in a calendar of its owner's; undefined when it is gone. */
export async function openedAsOwner(
  objects: ObjectAccess,
  { ownerId, calendar, name }: Changed,
): Promise<OpenObject | undefined> {
  try {
    return await objects.load(await objects.calendarOf({ personId: ownerId }, calendar), name)
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not_found') return undefined
    throw error
  }
}

/** Has resources answer to what was changed elsewhere; written to the server only where they answer something else. */
export function createAnsweringJob(deps: {
  objects: ObjectAccess
  bookings: Bookings
  transact: Transact
}): JobHandler {
  const { objects, bookings, transact } = deps

  return handleJob(answerJob, async (changed) => {
    const opened = await openedAsOwner(objects, changed)
    if (!opened) return
    const answered = await bookings.answer(opened, changed.name, opened.object)
    if (!answered.isChanged) return transact(answered.settle)
    await answered.release()
    await objects.change(opened, undefined, () => undefined)
  })
}
