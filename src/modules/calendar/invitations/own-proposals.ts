import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { once } from '#platform/http/idempotency.ts'
import { isAmong, type OwnAddresses } from '../calendars/own-addresses.ts'
import { personStore } from '../calendars/person-store.ts'
import { noSuchEvent } from '../errors.ts'
import { placeOf } from '../events/event-path.ts'
import { type ObjectAccess, type OpenObject, reported, type Written } from '../events/object-access.ts'
import { createOwnCopies } from '../events/own-copies.ts'
import { tellEach } from '../events.ts'
import { type CalendarObject, timesOfEvent } from '../ical/calendar-object.ts'
import { allOf, type Component, escapeText, property, setProperty } from '../ical/content-lines.ts'
import { addressOf } from '../ical/event-fields.ts'
import { sameAddress } from '../ical/event-writing.ts'
import type { IcalTime } from '../ical/ical-time.ts'
import { keyOf } from '../ical/series-edits.ts'
import { invalid, timeProperty, wantedTimes } from '../ical/wanted-times.ts'
import { ianaZone } from '../ical/zones.ts'
import type { InvitationMail } from './invitation-mail.ts'
import { eventAt, isOutdated, organizerIn, organizerOf, requireAttendee } from './itip.ts'
import { onlyAt, type Proposals } from './proposals.ts'

export type OwnProposal = {
  email: string
  start: string
  end?: string | undefined
  timezone?: string | null | undefined
  comment?: string | undefined
  ifMatch: string | undefined
  recurrenceId?: string | undefined
}

export type OwnProposals = ReturnType<typeof createOwnProposals>

/** Other times that a person proposes for an event to which they are invited (RFC 5546 §3.2.7). */
export function createOwnProposals(deps: {
  database: Database
  transact: Transact
  events: Events
  objects: ObjectAccess
  ownAddresses: OwnAddresses
  proposals: Proposals
  invitationMail: InvitationMail
}) {
  const { database, transact, events, ownAddresses } = deps
  const copies = createOwnCopies(deps)

  /** The event of an organizer here, where proposals for it are kept; those of others are told by mail. */
  async function ofOrganizer(organizer: string, uid: string): Promise<OpenObject | undefined> {
    const organizerId = await personStore.byEmail(database, organizer)
    if (organizerId === undefined) return undefined
    const copy = await copies.ownCopy({ personId: organizerId }, uid)
    // What the copy of the one who proposes says of the organizer may be their own invention.
    return copy && organizerIn(copy.object, await ownAddresses.ofOwner(database, organizerId)) ? copy : undefined
  }

  async function send(actor: Actor, copy: OpenObject, wanted: OwnProposal, key: string | undefined): Promise<Written> {
    const organizer = organizerOf(copy.object)
    if (!organizer) throw noSuchEvent()
    const to = addressOf(organizer)
    const { key: occurrence, object } = proposalOf(copy, wanted)
    const { ifMatch: _, ...body } = wanted
    const request = {
      ownerId: actor.personId,
      scope: 'calendar.proposals',
      key,
      body: { uid: copy.object.uid, ...body },
    }
    const theirs = await ofOrganizer(to, copy.object.uid)
    const sent = await transact((tx) =>
      once(tx, request, async (): Promise<{ status: number; body: Written }> => {
        if (theirs) {
          const [current, [proposed]] = [eventAt(theirs.object, occurrence), eventsIn(object)]
          if (current && proposed && isOutdated(proposed, current)) throw etagMismatch()
          await deps.proposals.receive(tx, theirs, object)
          return { status: 200, body: { etag: copy.stored.etag } }
        }
        const told = await deps.invitationMail.propose(tx, {
          ...{ ownerId: actor.personId, object, email: wanted.email, organizer: to },
        })
        await tellEach(events, tx, told.mailed)
        return { status: 200, body: { etag: copy.stored.etag, ...reported(told.unreached) } }
      }),
    )
    return sent.body
  }

  return {
    /**
     * Proposes another time to the organizer: here, where they see it with their event, or by mail. One's own copy and
     * answer stay as they are.
     * @returns the ETag of one's own copy.
     * @throws AppError `attendee_not_found`, `auth.forbidden`, `etag_mismatch`, `not_found`, `invalid_request_body`,
     * `calendar.own_event` for an event of one's own
     */
    async propose(actor: Actor, address: string, wanted: OwnProposal, key?: string): Promise<Written> {
      const { copy, etags } = await copies.at(actor, placeOf(address))
      const own = await ownAddresses.of(actor)
      const organizer = organizerOf(copy.object)
      if (!organizer || isAmong(own, addressOf(organizer))) throw ownEvent()
      requireInvited(copy.object, wanted.email)
      if (!isAmong(own, wanted.email)) throw notYours()
      if (![copy.stored.etag, ...etags].some((etag) => isMatch(wanted.ifMatch, etag))) throw etagMismatch()
      return send(actor, copy, wanted, key)
    },
  }
}

/** The event, or its occurrence, at the time that is proposed, with who proposes it. Without a stamp it is one of now. */
function proposalOf({ object }: OpenObject, wanted: OwnProposal): { key: string; object: CalendarObject } {
  const { email, start, end, timezone, comment, recurrenceId } = wanted
  const key = recurrenceId === undefined ? '' : keyOf(object, recurrenceId)
  if (key === undefined) throw invalid('body.recurrence_id', 'must be a date or a time as 20260523T090000Z')
  const proposed = onlyAt(object, key)
  const [event] = eventsIn(proposed)
  const current = event && timesOfEvent(event, object.zones)
  if (!event || !current) throw noSuchEvent()
  requireAttendee(event, email)
  const times = wantedTimes({ start, end, timezone }, { ...current, zones: object.zones })
  const length = current.end.wall - current.start.wall
  const until = times.end ?? { ...times.start, wall: times.start.wall + length }
  setProperty(event, 'DURATION')
  setProperty(event, 'DTSTART', timeProperty('DTSTART', inUtc(times.start)))
  setProperty(event, 'DTEND', timeProperty('DTEND', inUtc(until)))
  setProperty(event, 'ATTENDEE', ...allOf(event, 'ATTENDEE').filter((one) => sameAddress(addressOf(one), email)))
  setProperty(event, 'COMMENT', ...(comment ? [property('COMMENT', escapeText(comment))] : []))
  setProperty(event, 'DTSTAMP')
  return { key, object: proposed }
}

const eventsIn = ({ calendar }: CalendarObject): Component[] =>
  calendar.components.filter(({ name }) => name === 'VEVENT')

/** As all understand it, whatever zones they know. */
function inUtc(time: IcalTime): IcalTime {
  const zone = time.isDate || time.zone === null ? undefined : ianaZone(time.zone)
  return zone ? { ...time, wall: zone.instantOf(time.wall), zone: 'UTC' } : time
}

/** To any of its events. */
function requireInvited(object: CalendarObject, email: string): void {
  const invited = eventsIn(object).find((event) =>
    allOf(event, 'ATTENDEE').some((one) => sameAddress(addressOf(one), email)),
  )
  if (!invited) throw attendeeNotFound()
}

const attendeeNotFound = () =>
  new AppError('not_found', 'attendee_not_found', 'Nobody of this address is invited to the event.')
const notYours = () =>
  new AppError('forbidden', 'auth.forbidden', 'You propose another time for yourself alone, under an address of yours.')
const ownEvent = () =>
  new AppError(
    'conflict',
    'calendar.own_event',
    'Nobody but you says when this event takes place: change its time instead of proposing another.',
  )
