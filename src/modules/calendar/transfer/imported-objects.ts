import type { Readable } from 'node:stream'
import { AppError } from '#platform/errors.ts'
import { type CalendarObject, emptyCalendar, objectOf } from '../ical/calendar-object.ts'
import { type Component, parseComponents, property, setProperty, textOf } from '../ical/content-lines.ts'

const maxBytes = 20 * 1024 * 1024
const maxObjects = 5000

/**
 * The objects in a file, each event with its changed occurrences and the zones that it needs, as a calendar keeps them.
 * @throws AppError `request_body_too_large`, `calendar.file_unreadable`, `calendar.too_many_events`
 */
export async function readFile(file: Readable): Promise<CalendarObject[]> {
  const calendars = parsed(await textOfFile(file)).filter(({ name }) => name === 'VCALENDAR')
  if (calendars.length === 0) throw unreadable()
  const components = calendars.flatMap((one) => one.components)
  const zones = components.filter(({ name }) => name === 'VTIMEZONE')
  const events = components.filter(({ name }) => name === 'VEVENT')
  const byUid = Map.groupBy(events, (event) => textOf(event, 'UID')?.trim() || uidOf(event))
  if (byUid.size > maxObjects) throw tooMany()
  return [...byUid].map(([uid, own]) => {
    for (const event of own) setProperty(event, 'UID', property('UID', uid))
    return objectOf({ ...emptyCalendar(), components: [...zonesOf(own, zones), ...own] })
  })
}

/** Of an event without one, the same each time: the file may come again. */
const uidOf = (event: Component): string =>
  `import-${Buffer.from(`${textOf(event, 'DTSTART')} ${textOf(event, 'SUMMARY')}`)
    .toString('base64url')
    .slice(0, 80)}`

function zonesOf(events: readonly Component[], zones: readonly Component[]): Component[] {
  const named = new Set(events.flatMap(({ properties }) => properties.flatMap(({ params }) => params.TZID ?? [])))
  return zones.filter((one) => named.has(textOf(one, 'TZID') ?? ''))
}

async function textOfFile(file: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of file as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8').replaceAll('\0', '').toWellFormed()
}

function parsed(text: string): Component[] {
  try {
    return parseComponents(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw unreadable()
    throw error
  }
}

const tooLarge = () =>
  new AppError('invalid', 'request_body_too_large', 'The file is larger than 20 MiB; import it in parts.')
const tooMany = () =>
  new AppError(
    'unprocessable',
    'calendar.too_many_events',
    `The file has more than ${maxObjects} events; import it in parts.`,
  )
const unreadable = () =>
  new AppError('unprocessable', 'calendar.file_unreadable', 'This is no iCalendar file (.ics), or it is cut off.')
