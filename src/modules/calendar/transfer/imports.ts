import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { nameOfUid } from '../events/event-path.ts'
import type { ObjectAccess, OpenCalendar } from '../events/object-access.ts'
import { type CalendarObject, formatObject, readObject } from '../ical/calendar-object.ts'
import { type Component, type Property, textOf } from '../ical/content-lines.ts'
import { eventsOf } from '../ical/event-fields.ts'
import { objectStore } from '../mirror/object-store.ts'
import { readFile } from './imported-objects.ts'

export type Imported = {
  uid: string
  summary: string
  outcome: 'created' | 'updated' | 'unchanged' | 'failed'
  message: string | null
}

/** Requests at the server at once: it does a few at a time anyway. */
const atOnce = 4

export type Imports = ReturnType<typeof createImports>

/** Takes the events of a file into a calendar. An event that is there already, by its uid, becomes what the file says. */
export function createImports(deps: { database: Database; objects: ObjectAccess }) {
  const { database, objects } = deps

  async function take(open: OpenCalendar, object: CalendarObject): Promise<Imported['outcome']> {
    const known = (await objectStore.findByUid(database, open.ownerId, object.uid)).find(
      (one) => one.calendar === open.calendar.name,
    )
    if (!known) {
      await objects.add(
        open,
        nameOfUid(object.uid, createHash('sha256').update(object.uid).digest('hex').slice(0, 40)),
        object,
        { isQuiet: true },
      )
      return 'created'
    }
    if (isSame(known.content, object)) return 'unchanged'
    const opened = await objects.load(open, known.name)
    await objects.change(
      opened,
      undefined,
      (current) => {
        current.calendar.components = object.calendar.components
        return undefined
      },
      { isQuiet: true },
    )
    return 'updated'
  }

  async function taken(open: OpenCalendar, object: CalendarObject): Promise<Imported> {
    const first = object.master ?? object.overrides[0]?.component
    const said = { uid: object.uid.slice(0, 255), summary: ((first && textOf(first, 'SUMMARY')) ?? '').slice(0, 500) }
    if (eventsOf(object).length === 0)
      return { ...said, outcome: 'failed', message: 'It does not say when it takes place.' }
    try {
      return { ...said, outcome: await take(open, object), message: null }
    } catch (error) {
      if (!(error instanceof AppError) || error.kind === 'internal' || error.kind === 'forbidden') throw error
      return { ...said, outcome: 'failed', message: error.message }
    }
  }

  async function takeAll(open: OpenCalendar, found: readonly CalendarObject[]): Promise<Imported[]> {
    const results: Imported[] = []
    for (let at = 0; at < found.length; at += atOnce) {
      results.push(...(await Promise.all(found.slice(at, at + atOnce).map((object) => taken(open, object)))))
    }
    return results
  }

  return {
    /**
     * In the order of the file. Those who are invited in it are not invited anew by others than its organizer.
     * @throws AppError `auth.forbidden`, `not_found`, and those of `readFile`
     */
    async take(actor: Actor, calendar: string, file: Readable): Promise<Imported[]> {
      const open = await objects.calendarOf(actor, calendar)
      objects.requireWritable(open)
      return takeAll(open, await readFile(file))
    },

    takeAll,
  }
}

/** Whether the server has the same events already; when they were written down does not matter. */
function isSame(content: string, object: CalendarObject): boolean {
  try {
    return JSON.stringify(linesOf(readObject(content))) === JSON.stringify(linesOf(readObject(formatObject(object))))
  } catch {
    return false
  }
}

const linesOf = ({ calendar }: CalendarObject) =>
  calendar.components.filter(({ name }) => name === 'VEVENT').map(linesOfComponent)

/** Servers write parameters in an order of their own, and add whom they have told. */
const linesOfComponent = ({ name, properties, components }: Component): unknown => [
  name,
  properties
    .filter((one) => one.name !== 'DTSTAMP')
    .map(wordsOf)
    .toSorted(),
  components.map(linesOfComponent),
]

const wordsOf = ({ name, params, value }: Property): string => {
  const said = Object.entries(params).filter(([key]) => key !== 'SCHEDULE-STATUS')
  return JSON.stringify([name, said.toSorted(([a], [b]) => (a < b ? -1 : 1)), value])
}
