import { readObject } from '../ical/calendar-object.ts'
import { eventsOf } from '../ical/event-fields.ts'
import type { ServerObject } from './calendar-server.ts'
import type { NewObject } from './object-store.ts'

const [earliest, latest] = [Date.UTC(1, 0, 1), Date.UTC(9000, 0, 1)]

/** An object of the server as it is kept here. One that nobody can read is kept without events, and so is not shown. */
export function cachedObject({ name, etag, content }: ServerObject): NewObject {
  const text = storable(content)
  try {
    const object = readObject(text)
    const events = eventsOf(object).flatMap(({ key, times, rangeEnd, recurrence, fields }) => {
      const { startsAt, endsAt, isFloating } = times
      const isInTime = startsAt > earliest && endsAt < latest
      return isInTime ? [{ key, startsAt, endsAt, rangeEnd, isFloating, recurrence, fields }] : []
    })
    return { name, etag, content: text, uid: object.uid, events }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { name, etag, content: text, uid: '', events: [] }
  }
}

/** PostgreSQL keeps no NUL and no half of a pair. */
const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed()
