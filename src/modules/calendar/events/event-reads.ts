import { hash } from 'node:crypto'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { createPageMemory } from '#platform/http/page-memory.ts'
import { type BirthdayCalendar, birthdayCalendarId, listedEvent } from '../calendars/birthday-calendar.ts'
import type { OwnAddresses } from '../calendars/own-addresses.ts'
import { noSuchCalendar, noSuchEvent } from '../errors.ts'
import { dayMs, formatBasic, parseBasic } from '../ical/ical-time.ts'
import { expand } from '../ical/recurrence.ts'
import { invalid } from '../ical/wanted-times.ts'
import { ianaZone, utc, type Zone } from '../ical/zones.ts'
import { openProposals } from '../invitations/open-proposals.ts'
import type { Mirror } from '../mirror/mirror.ts'
import {
  createEventTexts,
  momentsOf,
  ownTimes,
  presentOccurrence,
  presentProposal,
  presentRow,
  type ShownEvent,
} from './event-answers.ts'
import { type ObjectPlace, placeOf } from './event-path.ts'
import { type ListedEventRow, eventReadStore as store, type WholeEventRow } from './event-read-store.ts'
import type { ObjectAccess } from './object-access.ts'
import { createOccurrenceMemory, overlaps } from './occurrence-memory.ts'

export type WantedList = {
  start?: string | undefined
  end?: string | undefined
  expand?: boolean | undefined
  timezone?: string | undefined
  cursor?: string | undefined
  limit: number
}

/** Events of a range that are looked at for one answer. */
const maxInRange = 50_000
const maxRangeMs = 400 * dayMs
/** A date is, somewhere on Earth, that much earlier or later than in UTC. */
const floatMs = 15 * 3_600_000

type Person = Pick<Actor, 'personId'>
type Found = { row: ListedEventRow; key: string; startsAt: number; endsAt: number; times: string }
/** What there is of the calendars that are wanted. */
type Home = { uid: string; calendars: readonly string[]; born: readonly ListedEventRow[] }
/** `after`: when an event begins, its object and its key. */
type Page = { after: readonly [string, string, string] | undefined; limit: number }
type Range = { calendars: readonly string[]; from: number; to: number; zone: Zone; isExpanded: boolean }

export type EventReads = ReturnType<typeof createEventReads>

/** What calendars hold, from their copy here. */
export function createEventReads(deps: {
  database: Database
  mirror: Mirror
  objects: ObjectAccess
  birthdays: BirthdayCalendar
  ownAddresses: OwnAddresses
}) {
  const { database, mirror, objects, birthdays } = deps
  const memory = createOccurrenceMemory()
  const pages = createPageMemory({ maxBytes: 32 * 1024 * 1024 })

  /** The calendars that are wanted, or all, and the birthdays if they are one of them. @throws AppError `not_found` */
  async function calendarsOf(ownerId: string, wanted: readonly string[] | undefined): Promise<Home> {
    const refreshed = mirror.refresh(ownerId)
    const isWanted = wanted === undefined || wanted.includes(birthdayCalendarId)
    const [home, born] = await Promise.all([refreshed, isWanted ? birthdays.events(ownerId, refreshed) : undefined])
    const names = [...home.calendars, ...(born ? [birthdayCalendarId] : [])]
    if (wanted?.some((name) => !names.includes(name))) throw noSuchCalendar()
    return { uid: home.uid, calendars: wanted ?? names, born: born?.map(listedEvent) ?? [] }
  }

  /** What takes place in a time, occurrence by occurrence or, without `expand`, each series once. */
  async function inTime(ownerId: string, range: Range, { uid, born }: Home, { after, limit }: Page): Promise<string> {
    const rows = await store.inTime(database, ownerId, around(range), maxInRange)
    const sorted = [...rows, ...born].flatMap((row) => foundIn(row, range)).toSorted(inOrder)
    const rest = after ? sorted.filter((one) => compare(sortKey(one), after) > 0) : sorted
    const page = rest.slice(0, limit)
    const last = rest.length > limit ? page.at(-1) : undefined
    const textOf = createEventTexts(uid)
    const items = page.map(({ row, times }) => textOf(row, times))
    return pageOf(items, last && sortKey(last))
  }

  /** All that an answer of `inTime` depends on, but for what is asked. */
  async function versionOf(ownerId: string, range: Range, { uid, born }: Home): Promise<string> {
    const version = await store.versionInTime(database, ownerId, around(range))
    return `${version} ${uid} ${born.length > 0 ? hash('sha256', JSON.stringify(born)) : ''}`
  }

  /** Whenever it takes place, each series once. */
  async function atAnyTime(ownerId: string, zone: Zone, { uid, calendars, born }: Home, { after, limit }: Page) {
    const stored = await store.page(database, ownerId, { calendars, after, limit: limit + 1 })
    const rows = born.length > 0 ? merged(stored, born, after) : stored
    const last = rows.length > limit ? rows[limit - 1] : undefined
    const textOf = createEventTexts(uid)
    const items = rows.slice(0, limit).map((row) => textOf(row, ownTimes(row, momentsOf(row, zone))))
    return pageOf(items, last && [last.sort, last.object_id, last.key])
  }

  function foundIn(row: ListedEventRow, { from, to, zone, isExpanded }: Range): Found[] {
    const { recurrence } = row
    if (recurrence !== null && isExpanded) {
      return memory.between({ ...row, recurrence }, { from, to, zone }).map((one) => ({ row, ...one }))
    }
    const moments = momentsOf(row, zone)
    const isThere =
      recurrence === null
        ? overlaps(moments, { from, to })
        : !expand(JSON.parse(recurrence), { from, to, floating: zone }).next().done
    return isThere ? [{ row, key: row.key, ...moments, times: ownTimes(row, moments) }] : []
  }

  async function birthdayAt(ownerId: string, { calendar, uid, name }: ObjectPlace) {
    if (calendar !== birthdayCalendarId) return undefined
    const home = await mirror.refresh(ownerId)
    if (home.uid.toLowerCase() !== uid.toLowerCase()) return undefined
    const born = await birthdays.events(ownerId, home)
    return born && { uid: home.uid, rows: born.filter((row) => row.name === name), proposals: [] }
  }

  async function storedAt(actor: Person, place: ObjectPlace) {
    const open = await objects.locate(actor, place)
    if (!open) throw noSuchEvent()
    const wanted = { calendar: open.calendar.name, name: place.name }
    const rows = await store.ofObject(database, actor.personId, wanted)
    return { uid: open.server.uid, rows, proposals: await openProposals(deps, open, rows) }
  }

  async function understood(ownerId: string, wantedCalendars: readonly string[] | undefined, wanted: WantedList) {
    const zone = zoneOf(wanted.timezone)
    const times = rangeOf(wanted, zone)
    const after = wanted.cursor === undefined ? undefined : decodeCursor(wanted.cursor, ['time', 'uuid', 'string'])
    const home = await calendarsOf(ownerId, wantedCalendars)
    const range = times && { ...times, calendars: home.calendars, zone, isExpanded: wanted.expand ?? false }
    return { zone, home, range, page: { after, limit: wanted.limit } }
  }

  return {
    /**
     * Events by when they begin; with `start` and `end` those that overlap this time.
     * @returns JSON of a page of `ShownEvent`
     * @throws AppError `not_found` for a calendar, `invalid_request_body` for a time that is none
     */
    async list({ personId }: Person, calendars: readonly string[] | undefined, wanted: WantedList): Promise<string> {
      const { zone, home, range, page } = await understood(personId, calendars, wanted)
      return range ? inTime(personId, range, home, page) : atAnyTime(personId, zone, home, page)
    },

    /** As `list`, for those who ask for the same again. */
    async listAgain(person: Person, calendars: readonly string[] | undefined, wanted: WantedList): Promise<Buffer> {
      const { personId } = person
      const { zone, home, range, page } = await understood(personId, calendars, wanted)
      if (!range) return Buffer.from(await atAnyTime(personId, zone, home, page))
      const version = await versionOf(personId, range, home)
      const key = JSON.stringify([personId, calendars, wanted])
      const known = pages.get(key, version)
      if (known) return known
      const body = Buffer.from(await inTime(personId, range, home, page))
      pages.set(key, version, body)
      return body
    },

    /** One event with its changed occurrences, or one of its occurrences. @throws AppError `not_found` */
    async view(actor: Person, address: string, recurrenceId?: string) {
      const place = placeOf(address)
      const { uid, rows, proposals: open } = (await birthdayAt(actor.personId, place)) ?? (await storedAt(actor, place))
      const [first, ...rest] = rows
      if (!first) throw noSuchEvent()
      const proposals = open.map(presentProposal)
      if (recurrenceId !== undefined) return { ...oneOccurrence(rows, recurrenceId, uid), overrides: [], proposals }
      return { ...presentRow(first, uid), overrides: rest.map((row) => presentRow(row, uid)), proposals }
    },
  }
}

const around = ({ calendars, from, to }: Range) => ({
  ...{ calendars, from: new Date(from - floatMs), to: new Date(to + floatMs) },
})

function oneOccurrence(rows: readonly WholeEventRow[], recurrenceId: string, uid: string): ShownEvent {
  const changed = rows.find(({ key }) => key === recurrenceId)
  if (changed) return presentRow(changed, uid)
  const [master] = rows
  const at = parseBasic(recurrenceId)
  if (master?.recurrence && at) {
    for (const occurrence of expand(master.recurrence, { from: at.wall - dayMs, to: at.wall + 2 * dayMs })) {
      if (occurrence.key !== recurrenceId && formatBasic(occurrence.start) !== recurrenceId) continue
      return presentOccurrence(master, uid, occurrence)
    }
  }
  throw noSuchEvent()
}

type Sorted = ListedEventRow & { sort: string }

/** Rows of a page with those that are no rows. */
function merged(stored: readonly Sorted[], others: readonly ListedEventRow[], after: readonly string[] | undefined) {
  const keyed = others.map((row): Sorted => ({ ...row, sort: sortTime(row.starts_at.getTime()) }))
  const key = ({ sort, object_id: id, key }: Sorted) => [sort, id, key]
  const later = keyed.filter((row) => !after || compare(key(row), after) > 0)
  return [...stored, ...later].toSorted((a, b) => compare(key(a), key(b)))
}

function pageOf(items: readonly string[][], last: readonly string[] | undefined): string {
  const pieces = items.flatMap((item, at) => (at === 0 ? item : [',', ...item]))
  const cursor = last ? JSON.stringify(encodeCursor([...last])) : 'null'
  return ['{"items":[', ...pieces, `],"next_cursor":${cursor}}`].join('')
}

const inOrder = (a: Found, b: Found): number =>
  a.startsAt - b.startsAt || compare([a.row.object_id, a.key], [b.row.object_id, b.key])

const compare = (a: readonly string[], b: readonly string[]): number => {
  for (const [at, part] of a.entries()) if (part !== b[at]) return part < (b[at] ?? '') ? -1 : 1
  return 0
}
const sortTime = (instant: number): string => `${new Date(instant).toISOString().slice(0, -1)}000Z`
const sortKey = ({ row, key, startsAt }: Found): [string, string, string] => [sortTime(startsAt), row.object_id, key]

function zoneOf(name: string | undefined): Zone {
  const zone = name === undefined ? utc : ianaZone(name)
  if (!zone) throw invalid('querystring.timezone', 'must be a zone of the IANA database, such as Europe/Paris')
  return zone
}

function rangeOf(wanted: WantedList, zone: Zone): { from: number; to: number } | undefined {
  const { start, end } = wanted
  if (start === undefined && end === undefined) {
    if (wanted.expand) throw invalid('querystring.start', 'is missing: a series may have no end')
    return undefined
  }
  const from = start === undefined ? 0 : instantOf(start, zone, 'querystring.start')
  const to = end === undefined ? from + maxRangeMs : instantOf(end, zone, 'querystring.end')
  if (to <= from) throw invalid('querystring.end', 'must be later than start')
  if (wanted.expand && to - from > maxRangeMs) throw invalid('querystring.end', 'must be at most 400 days after start')
  return { from, to }
}

/** RFC 3339, or a date or a time of iCalendar, on the wall of the zone that was named. */
function instantOf(text: string, zone: Zone, path: string): number {
  const basic = parseBasic(text)
  if (basic) return basic.zone === 'UTC' ? basic.wall : zone.instantOf(basic.wall)
  const isFull = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)$/.test(text)
  const instant = isFull ? Date.parse(text.replace(' ', 'T')) : Number.NaN
  if (Number.isNaN(instant)) throw invalid(path, 'must be a time as 2026-05-23T08:00:00Z or 20260523T080000Z')
  return instant
}
