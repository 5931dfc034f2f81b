import { childOf, childrenOf } from '#integrations/dav/xml.ts'
import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import type { Actor } from '#platform/auth/actor.ts'
import { newId } from '#platform/ids.ts'
import { isAmong, type OwnAddresses } from '../calendars/own-addresses.ts'
import { asked } from '../errors.ts'
import { emptyCalendar } from '../ical/calendar-object.ts'
import { formatComponents, property } from '../ical/content-lines.ts'
import { basicUtc, dayMs } from '../ical/ical-time.ts'
import { invalid } from '../ical/wanted-times.ts'
import { openCalendarServer } from '../mirror/calendar-server.ts'
import type { BookableResources } from '../resources/bookable-resources.ts'
import { type Period, type Range, readBusy } from './busy-periods.ts'
import type { PublishedBusy } from './published-busy.ts'

/** Unless it is known when they are busy, no period says nothing. A resource is a room or equipment. */
export type Busy = { email: string; periods: Period[]; isKnown: boolean; isResource: boolean }
export type WantedBusy = { start: string; end: string; attendees: readonly string[] }

const maxRangeMs = 400 * dayMs

export type FreeBusy = ReturnType<typeof createFreeBusy>

/** When people are busy and resources are taken, and with nothing of what. */
export function createFreeBusy(deps: {
  nextcloud: Nextcloud
  published: PublishedBusy
  bookable: BookableResources
  ownAddresses: OwnAddresses
  now: () => number
}) {
  const { nextcloud, published, bookable, ownAddresses, now } = deps

  /** Those whom the server knows (RFC 6638 §5), in one request. */
  async function ofServer(actor: Actor, emails: readonly string[], range: Range): Promise<Map<string, Period[]>> {
    if (actor.email === null || emails.length === 0) return new Map()
    const { server, text } = {
      server: await openCalendarServer(nextcloud, actor.personId),
      text: requestOf(actor.email, emails, range, now()),
    }
    const outbox = `/calendars/${server.uid}/outbox/`
    const headers = { 'content-type': 'text/calendar; charset=utf-8' }
    const answer = await asked(() => server.dav.requestXml('POST', outbox, text, headers))
    const known = childrenOf(answer, 'cal:response').flatMap((response): [string, Period[]][] => {
      const email = childOf(childOf(response, 'cal:recipient'), 'd:href')
        ?.text.trim()
        .replace(/^mailto:/i, '')
      const status = childOf(response, 'cal:request-status')?.text ?? ''
      const content = childOf(response, 'cal:calendar-data')?.text
      return email && status.startsWith('2.') && content ? [[email.toLowerCase(), busyIn(content, range)]] : []
    })
    return new Map(known)
  }

  return {
    /** In the order in which they were asked for. @throws AppError `invalid_request_body`, `internal_error` */
    async of(actor: Actor, { attendees, ...wanted }: WantedBusy): Promise<Busy[]> {
      const range = rangeOf(wanted)
      const emails = [...new Map(attendees.map((email) => [email.toLowerCase(), email])).values()]
      const resources = await bookable.busy(actor, emails, range)
      const own = await ownAddresses.of(actor)
      // The server knows each by one address.
      const atServer = (email: string) => (isAmong(own, email) ? (actor.email ?? email) : email)
      const people = emails.filter((email) => !resources.has(email.toLowerCase()))
      const known = await ofServer(actor, [...new Set(people.map(atServer))], range)
      return Promise.all(
        emails.map(async (email): Promise<Busy> => {
          const taken = resources.get(email.toLowerCase())
          if (taken) return { email, periods: taken, isKnown: true, isResource: true }
          const periods = known.get(atServer(email).toLowerCase()) ?? (await published.of(email, range))
          return { email, periods: periods ?? [], isKnown: periods !== undefined, isResource: false }
        }),
      )
    },
  }
}

function busyIn(content: string, range: Range): Period[] {
  try {
    return readBusy(content, range)
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}

function requestOf(organizer: string, emails: readonly string[], { from, to }: Range, now: number): string {
  const properties = [
    ...[property('UID', newId()), property('DTSTAMP', basicUtc(now))],
    ...[property('DTSTART', basicUtc(from)), property('DTEND', basicUtc(to))],
    property('ORGANIZER', `mailto:${organizer}`),
    ...emails.map((email) => property('ATTENDEE', `mailto:${email}`)),
  ]
  const calendar = emptyCalendar()
  return formatComponents([
    {
      ...calendar,
      properties: [...calendar.properties, property('METHOD', 'REQUEST')],
      components: [{ name: 'VFREEBUSY', properties, components: [] }],
    },
  ])
}

/** RFC 3339 in UTC. @throws AppError `invalid_request_body` */
export function rangeOf({ start, end }: { start: string; end: string }): Range {
  const [from, to] = [Date.parse(start), Date.parse(end)]
  if (Number.isNaN(from)) throw invalid('body.start', 'must be a time as 2026-05-23T08:00:00Z')
  if (Number.isNaN(to)) throw invalid('body.end', 'must be a time as 2026-05-23T18:00:00Z')
  if (to <= from) throw invalid('body.end', 'must be later than start')
  if (to - from > maxRangeMs) throw invalid('body.end', 'must be at most 400 days after start')
  return { from: Math.floor(from / 1000) * 1000, to: Math.ceil(to / 1000) * 1000 }
}
