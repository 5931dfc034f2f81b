import type { MeetLinks } from '#modules/meet/index.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { meetDisabled } from '#platform/http/modules.ts'
import { holderOf, nameAtHolder } from '../calendars/calendar-holder.ts'
import { noSuchEvent } from '../errors.ts'
import { timesOfEvent } from '../ical/calendar-object.ts'
import { allOf, escapeText, firstOf, property, setProperty, textOf } from '../ical/content-lines.ts'
import { addressOf, eventsOf } from '../ical/event-fields.ts'
import { conferenceProperty, stamp } from '../ical/event-writing.ts'
import type { ObjectAccess, OpenObject, Written } from './object-access.ts'

export type EventMeetings = ReturnType<typeof createEventMeetings>

/** Video meetings of events. */
export function createEventMeetings(deps: {
  database: Database
  objects: ObjectAccess
  meet: MeetLinks | undefined
  now: () => number
}) {
  const { database, objects, meet, now } = deps

  /** Whoever's the calendar is, under whatever name somebody sees it. */
  async function claimantOf({ ownerId, calendar, place }: OpenObject) {
    const holder = await holderOf(database, { ownerId, calendar })
    const object = `${calendar.belongs_to}/${nameAtHolder(calendar)}/${place.name}`
    return { ownerId: holder?.ownerId ?? ownerId, object }
  }

  return {
    /**
     * Gives the event a meeting and says how the caller gets into it. What is written into the event is an address
     * without a token; the second call changes nothing.
     * @throws AppError `meet_disabled`, `etag_mismatch`, `auth.forbidden`, `not_found`
     */
    async link(actor: Actor, address: string, ifMatch: string | undefined): Promise<Written & { meet_url: string }> {
      if (!meet) throw meetDisabled()
      const opened = await objects.open(actor, address)
      objects.requireWritable(opened)
      if (!isMatch(ifMatch, opened.stored.etag)) throw etagMismatch()
      const room = await meet.claim({ ...(await claimantOf(opened)), ...meetingOf(opened, now()) })
      const written = hasLink(opened, room.url)
        ? { etag: opened.stored.etag }
        : await objects.change(opened, ifMatch, (object) => {
            for (const event of [object.master, ...object.overrides.map(({ component }) => component)]) {
              if (event) writeLink(event, room.url, now())
            }
            return undefined
          })
      const { meet_url } = await meet.enter(actor, room.name)
      return { meet_url, ...written }
    },

    /** Nobody meets for an event that is no more. */
    async release(opened: OpenObject): Promise<void> {
      if (!meet) return
      const { ownerId, object } = await claimantOf(opened)
      await meet.release(ownerId, object)
    },

    /** The name of the room to which an event's address leads. */
    roomNameOf: (url: string): string | null => meet?.roomNameOf(url) ?? null,
  }
}

/** A meeting of what is over has no times: it is for now. */
function meetingOf({ object }: OpenObject, now: number) {
  const read = eventsOf(object)
  const event = object.master ?? object.overrides[0]?.component
  const times = event && timesOfEvent(event, object.zones)
  if (!event || !times) throw noSuchEvent()
  const ends = read.map(({ rangeEnd }) => rangeEnd)
  const last = ends.includes(null) ? null : Math.max(...ends.map((one) => one ?? 0))
  const isOver = last !== null && last <= now
  const attendees = read.flatMap(({ fields }) => fields.attendees.map(({ email }) => email))
  const organizer = firstOf(event, 'ORGANIZER')
  return {
    uid: object.uid,
    title: textOf(event, 'SUMMARY') ?? '',
    startsAt: isOver ? null : new Date(times.startsAt),
    endsAt: isOver || last === null ? null : new Date(last),
    attendees: [...new Set([...attendees, ...(organizer ? [addressOf(organizer)] : [])])],
  }
}

const hasLink = ({ object }: OpenObject, url: string): boolean =>
  [object.master, ...object.overrides.map(({ component }) => component)].every(
    (event) => !event || allOf(event, 'CONFERENCE').some(({ value }) => value === url),
  )

/** RFC 7986 §5.11. */
function writeLink(event: Parameters<typeof textOf>[0], url: string, now: number): void {
  if (allOf(event, 'CONFERENCE').some(({ value }) => value === url)) return
  const conference = conferenceProperty({ uri: url, label: 'Video meeting', features: ['AUDIO', 'VIDEO'] })
  setProperty(event, 'CONFERENCE', ...allOf(event, 'CONFERENCE'), conference)
  setProperty(event, 'URL', property('URL', url))
  if (!textOf(event, 'LOCATION')?.trim()) setProperty(event, 'LOCATION', property('LOCATION', escapeText(url)))
  stamp(event, { now, isSignificant: true })
}
