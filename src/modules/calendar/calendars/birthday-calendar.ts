import { encodePath } from '#integrations/dav/dav-path.ts'
import type { Database } from '#platform/database/database.ts'
import type { ListedEventRow, WholeEventRow } from '../events/event-read-store.ts'
import { emptyCalendar } from '../ical/calendar-object.ts'
import { escapeText, formatComponents, property } from '../ical/content-lines.ts'
import type { EventFields } from '../ical/event-fields.ts'
import { dayMs, formatBasic } from '../ical/ical-time.ts'
import type { Recurrence } from '../ical/recurrence.ts'
import type { MirroredHome } from '../mirror/mirror.ts'
import { type BirthdayWords, birthdayWordsIn } from './birthday-words.ts'
import { personStore } from './person-store.ts'

/** `year` is null where that of birth is not known. */
export type Birthday = {
  contactId: string
  name: string
  etag: string
  year: number | null
  month: number
  day: number
}

/** Those of an owner's contacts, by whoever keeps these. */
export type Birthdays = (ownerId: string) => Promise<readonly Birthday[]>

export const birthdayCalendarId = 'birthdays'

/** The calendar that Nextcloud makes of birthdays itself, unless its administrator has switched that off. */
const serversOwn = 'contact_birthdays'
/** Of those of whom it is not known: one with a 29 February. */
const anyYear = 1972

export type BirthdayCalendar = ReturnType<typeof createBirthdayCalendar>

/**
 * Birthdays of contacts, as a calendar that only reads. It lies nowhere: its events are made of what contacts know.
 * Who has no birthdays has no such calendar, nor has who gets one from the server.
 */
export function createBirthdayCalendar({ birthdays, database }: { birthdays: Birthdays; database: Database }) {
  const wordsOf = async (ownerId: string): Promise<BirthdayWords> =>
    birthdayWordsIn(await personStore.localeOf(database, ownerId))

  return {
    /** The calendar as it is shown among others, in its owner's language. */
    view: async (ownerId: string, uid: string) => viewOf(uid, await wordsOf(ownerId)),

    /** Its events; undefined where there is no such calendar. */
    async events(ownerId: string, home: MirroredHome | Promise<MirroredHome>): Promise<WholeEventRow[] | undefined> {
      const [{ calendars }, known] = await Promise.all([home, birthdays(ownerId)])
      if (calendars.some((name) => name === serversOwn || name === birthdayCalendarId)) return undefined
      if (known.length === 0) return undefined
      const words = await wordsOf(ownerId)
      return known.map((one) => eventOf(one, words))
    },
  }
}

function eventOf({ contactId, name, etag, year, month, day }: Birthday, words: BirthdayWords): WholeEventRow {
  const startsAt = Date.UTC(year ?? anyYear, month - 1, day)
  const [start, end] = [startsAt, startsAt + dayMs].map((wall) => formatBasic({ wall, isDate: true, zone: null }))
  // On the last of February where it has no 29th.
  const rrule = month === 2 && day === 29 ? 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1' : 'FREQ=YEARLY'
  const recurrence: Recurrence = {
    ...{ start: start ?? '', zone: null, zoneDefinition: null, length: { ms: dayMs, isNominal: true } },
    ...{ rules: [rrule], added: [], excluded: [] },
  }
  const fields: EventFields = {
    ...{ uid: `birthday-${contactId}`, summary: words.title(name), location: '' },
    description: year === null ? '' : words.born(year),
    ...{ start: start ?? '', end: end ?? '', timezone: null, end_timezone: null, is_all_day: true },
    ...{ organizer: null, organizer_name: '', attendees: [], status: 'CONFIRMED', transparency: 'TRANSPARENT' },
    ...{ visibility: 'PUBLIC', categories: ['Birthday'], url: null, conferences: [], attachments: [], alarms: [] },
    ...{ rrule, rdates: [], exdates: [], recurrence_id: null, sequence: 0, created_at: null, updated_at: null },
  }
  return {
    ...{ object_id: contactId, key: '', calendar: birthdayCalendarId, name: `${contactId}.ics`, etag },
    ...{ starts_at: new Date(startsAt), ends_at: new Date(startsAt + dayMs), is_floating: true, recurrence, fields },
  }
}

/** As rows of the mirror are listed. */
export function listedEvent({ fields, recurrence, ...row }: WholeEventRow): ListedEventRow {
  const { start, end, recurrence_id, ...rest } = fields
  const { timezone, end_timezone } = rest
  const times = { start, end, timezone, end_timezone, recurrence_id }
  return { ...row, ...times, recurrence: recurrence && JSON.stringify(recurrence), said: JSON.stringify(rest) }
}

/** As an object of a calendar, for a file. */
export function birthdayObject({ fields: { uid, summary, start, end, rrule } }: WholeEventRow): string {
  const date = { VALUE: 'DATE' }
  const said = [property('UID', uid), property('DTSTAMP', '19700101T000000Z'), property('SUMMARY', escapeText(summary))]
  const when = [property('DTSTART', start, date), property('DTEND', end, date), property('RRULE', rrule ?? '')]
  const event = { name: 'VEVENT', properties: [...said, ...when, property('TRANSP', 'TRANSPARENT')], components: [] }
  return formatComponents([{ ...emptyCalendar(), components: [event] }])
}

const viewOf = (uid: string, { calendar, description }: BirthdayWords) => ({
  ...{
    id: birthdayCalendarId,
    path: `/remote.php/dav${encodePath(`/calendars/${uid}/birthdays/`)}`,
    name: calendar,
  },
  ...{ description, color: null, order: 0, is_visible: true, access: 'read' as const, owner: uid },
  shares: [],
})
