import { Readable } from 'node:stream'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { type BirthdayCalendar, birthdayCalendarId, birthdayObject } from '../calendars/birthday-calendar.ts'
import type { ObjectAccess } from '../events/object-access.ts'
import { emptyCalendar } from '../ical/calendar-object.ts'
import { type Component, formatComponents, parseComponents, property, textOf } from '../ical/content-lines.ts'
import type { Mirror } from '../mirror/mirror.ts'
import { exportStore } from './export-store.ts'

const batchSize = 200

export type Exports = ReturnType<typeof createExports>

/** A calendar as one file, made while it is read. */
export function createExports(deps: {
  database: Database
  mirror: Mirror
  objects: ObjectAccess
  birthdays: BirthdayCalendar
}) {
  const { database, mirror, objects, birthdays } = deps

  async function* contents(ownerId: string, calendar: string): AsyncGenerator<string> {
    let after: string | undefined
    do {
      const batch = await exportStore.contents(database, ownerId, calendar, { after, limit: batchSize })
      for (const { content } of batch) yield content
      after = batch.length < batchSize ? undefined : batch.at(-1)?.name
    } while (after !== undefined)
  }

  /** Each zone once, before the first that needs it (RFC 5545 §3.6.5). */
  async function* lines(name: string, contents: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
    const shell = emptyCalendar()
    const named = { ...shell, properties: [...shell.properties, property('X-WR-CALNAME', name)] }
    const [head = '', tail = ''] = formatComponents([named]).split(/(?=END:VCALENDAR)/)
    yield head
    const zones = new Set<string>()
    for await (const content of contents) {
      const components = componentsOf(content).filter((one) => {
        if (one.name !== 'VTIMEZONE') return true
        const tzid = textOf(one, 'TZID') ?? ''
        return !zones.has(tzid) && zones.add(tzid)
      })
      yield formatComponents(components)
    }
    yield tail
  }

  const birthdaysOf = async (ownerId: string) => birthdays.events(ownerId, await mirror.refresh(ownerId))

  const fileOf = (name: string, objects: AsyncIterable<string> | Iterable<string>) => ({
    filename: `${name}.ics`,
    content: Readable.from(lines(name, objects), { objectMode: false }),
  })

  return {
    /** @throws AppError `not_found` */
    async open(actor: Actor, name: string): Promise<{ filename: string; content: Readable }> {
      const born = name === birthdayCalendarId ? await birthdaysOf(actor.personId) : undefined
      if (born) {
        const { name: called } = await birthdays.view(actor.personId, '')
        return fileOf(called, born.map(birthdayObject))
      }
      const { calendar, ownerId } = await objects.calendarOf(actor, name)
      return fileOf(calendar.display_name, contents(ownerId, calendar.name))
    },
  }
}

function componentsOf(content: string): Component[] {
  try {
    return parseComponents(content).flatMap(({ components }) => components)
  } catch {
    // What nobody can read would spoil the file.
    return []
  }
}
