import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { type Holder, holderOf } from '../calendars/calendar-holder.ts'
import { idOfCalendar } from '../calendars/calendar-id.ts'
import type { OwnAddresses } from '../calendars/own-addresses.ts'
import { pathOf } from '../events/event-path.ts'
import type { CalendarEvents } from '../events/events.ts'
import { type ObjectAccess, type OpenObject, reported, type Written } from '../events/object-access.ts'
import { type CalendarNotice, tellEach } from '../events.ts'
import { type CalendarObject, objectOf } from '../ical/calendar-object.ts'
import { allOf, textOf } from '../ical/content-lines.ts'
import { attendeeOf, eventsOf } from '../ical/event-fields.ts'
import { addOverride } from '../ical/series-edits.ts'
import type { InvitationMail } from './invitation-mail.ts'
import { eventAt, isOutdated, organizerIn, partsOf, requireAttendee, stampedAt } from './itip.ts'
import { type NewProposal, type ProposalRow, proposalStore as store } from './proposal-store.ts'
import { proposedTimes, timesAt, timesInZone } from './proposal-times.ts'

export type Decision = { proposalId: string; response: 'accepted' | 'declined'; ifMatch: string | undefined }

const maxComment = 4000

export type Proposals = ReturnType<typeof createProposals>

/** Other times that people elsewhere propose for an event of the owner's (RFC 5546 §3.2.7), until one decides on them. */
export function createProposals(deps: {
  database: Database
  transact: Transact
  events: Events
  objects: ObjectAccess
  calendarEvents: CalendarEvents
  invitationMail: InvitationMail
  ownAddresses: OwnAddresses
  now: () => number
}) {
  const { database, transact, objects, now } = deps

  /** What a message proposes, one for each occurrence; nothing of what was sent before the event was last changed. */
  function proposalsIn(copy: OpenObject, sent: CalendarObject): NewProposal[] {
    const parts = new Map(partsOf(sent).map(({ key, component }) => [key, component]))
    const known = eventsOf(copy.object)
    return eventsOf(sent).flatMap((read) => {
      const component = parts.get(read.key)
      const [proposer] = component ? allOf(component, 'ATTENDEE') : []
      const invited = eventAt(copy.object, read.key)
      const about = timesAt(known, read.key)
      if (!component || !proposer || !invited || about === undefined) return []
      const { name, email } = attendeeOf(proposer)
      requireAttendee(invited, email)
      if (isOutdated(component, invited)) return []
      const { start: starts, end: ends, timezone } = proposedTimes(read)
      const comment = (textOf(component, 'COMMENT') ?? '').slice(0, maxComment)
      const stamped = Math.min(stampedAt(component) ?? now(), now())
      return [
        {
          ...{ key: read.key, email: email.toLowerCase(), name, starts, ends, timezone, about, comment },
          ...{ location: read.fields.location, stampedAt: stamped },
        },
      ]
    })
  }

  /** In whose place somebody decides; of their own, nothing is written down. */
  async function noteDeputy(tx: Tx, { actor, holder, origin }: Deciding, proposal: ProposalRow, response: string) {
    if (holder.ownerId === actor.personId) return
    await audit.record(tx, {
      ...{ ownerId: holder.ownerId, actorId: actor.personId, origin, outcome: 'success' as const },
      ...{ action: 'calendar.proposal_decided', target: proposal.id },
      details: { response, from: proposal.email, start: proposal.starts, calendar: holder.calendar },
    })
  }

  async function accept(deciding: Deciding, opened: OpenObject, proposal: ProposalRow, ifMatch: string | undefined) {
    const { key, starts, ends, timezone, location } = proposal
    const known = eventsOf(opened.object)
    const current = (known.find((one) => one.key === key) ?? known.find((one) => one.key === ''))?.fields
    const times = timesInZone({ start: starts, end: ends, timezone }, current?.timezone ?? null)
    const wanted = { ...times, ...(location !== '' && { location }) }
    const target = key === '' ? {} : { scope: 'this' as const, recurrenceId: key }
    const also = async (tx: Tx) => {
      // It goes with the time that it was about, but where it proposed that very time.
      await store.remove(tx, deciding.holder.ownerId, [proposal.id])
      await noteDeputy(tx, deciding, proposal, 'accepted')
    }
    return deps.calendarEvents.change(deciding.actor, pathOf(opened.place), wanted, { ifMatch, ...target, also })
  }

  async function decline(deciding: Deciding, opened: OpenObject, proposal: ProposalRow, ifMatch: string | undefined) {
    const { stored } = opened
    const { ownerId } = deciding.holder
    if (!isMatch(ifMatch, stored.etag)) throw etagMismatch()
    const told = await transact(async (tx) => {
      if ((await store.remove(tx, ownerId, [proposal.id])) === 0) throw noSuchProposal()
      await noteDeputy(tx, deciding, proposal, 'declined')
      const object = onlyAt(opened.object, proposal.key)
      const answer = { ownerId, writerId: deciding.actor.personId, object, email: proposal.email }
      const { mailed, unreached } = await deps.invitationMail.declineProposal(tx, answer)
      await tellEach(deps.events, tx, mailed)
      return reported(unreached)
    })
    return { etag: stored.etag, ...told }
  }

  /** The organizer, and those who may write to their calendar. Each under the name that the calendar has for them. */
  async function listenersOf(tx: Tx, { ownerId, place, calendar }: OpenObject) {
    const uids = calendar.shares.filter(({ access }) => access === 'read_write').map(({ uid }) => uid)
    const delegates = await store.delegates(tx, { ...place, belongsTo: place.uid }, uids)
    return [
      { ownerId, place },
      ...delegates.map((one) => ({
        ownerId: one.owner_id,
        place: { uid: one.uid, calendar: one.calendar, name: place.name },
      })),
    ]
  }

  return {
    /**
     * Keeps what a message proposes for an event of which the owner is the organizer, and tells those who may decide on it.
     * @returns whether anything of it was news. @throws AppError `attendee_not_found`
     */
    async receive(tx: Tx, copy: OpenObject, sent: CalendarObject): Promise<boolean> {
      const { ownerId, place, object } = copy
      const wanted = proposalsIn(copy, sent)
      const news: Omit<ProposalNotice['data'], 'calendar_id' | 'path' | 'uid'>[] = []
      for (const proposal of wanted) {
        const id = await store.put(tx, ownerId, place, proposal)
        const { key, email: from, starts: start, ends: end, timezone } = proposal
        if (id) news.push({ proposal_id: id, recurrence_id: key || null, from, start, end, timezone })
      }
      if (news.length === 0) return false
      const told = (await listenersOf(tx, copy)).map(({ ownerId: listener, place: at }) => {
        const about = { calendar_id: idOfCalendar(at.calendar), path: pathOf(at), uid: object.uid }
        const events = news.map(
          (one): ProposalNotice => ({ type: 'calendar.proposal_received', data: { ...about, ...one } }),
        )
        return { ownerId: listener, events }
      })
      await tellEach(deps.events, tx, told)
      return true
    },

    /**
     * Takes the time that was proposed, of which all are told, or declines it, of which its proposer is told. Who may write
     * to the organizer's calendar decides in their place, which is audited.
     * @returns the ETag of the event. @throws AppError `not_found`, `auth.forbidden`, `etag_mismatch`
     */
    async decide(
      actor: Actor,
      address: string,
      { proposalId, response, ifMatch }: Decision,
      origin: RequestOrigin,
    ): Promise<Written> {
      const opened = await objects.open(actor, address)
      objects.requireWritable(opened)
      const holder = await holderOf(database, opened)
      if (!holder) throw noSuchProposal()
      const place = { calendar: holder.calendar, name: opened.place.name }
      const proposal = await store.find(database, holder.ownerId, place, proposalId)
      if (!proposal || timesAt(eventsOf(opened.object), proposal.key) !== proposal.about) throw noSuchProposal()
      if (!organizerIn(opened.object, await deps.ownAddresses.ofOwner(database, holder.ownerId))) throw notOrganizer()
      const deciding = { actor, holder, origin }
      if (response === 'accepted') return accept(deciding, opened, proposal, ifMatch)
      return decline(deciding, opened, proposal, ifMatch)
    },
  }
}

/** Who decides, and in whose place. */
type Deciding = { actor: Actor; holder: Holder; origin: RequestOrigin }
type ProposalNotice = Extract<CalendarNotice, { type: 'calendar.proposal_received' }>

/** As those see it who are told of one occurrence alone. */
export function onlyAt(object: CalendarObject, key: string): CalendarObject {
  const event = key === '' ? object.master : (overrideOf(object, key) ?? addOverride(object, key))
  const zones = object.calendar.components.filter(({ name }) => name === 'VTIMEZONE')
  return objectOf({ ...object.calendar, components: [...zones, ...(event ? [event] : [])] })
}

const overrideOf = (object: CalendarObject, key: string) => object.overrides.find((one) => one.key === key)?.component

const noSuchProposal = () =>
  new AppError(
    'not_found',
    'not_found',
    'There is no such proposal for this event any more; look at the event to see which are open.',
  )
const notOrganizer = () =>
  new AppError('forbidden', 'auth.forbidden', 'Only the organizer of an event decides on what others propose for it.')
