import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { newId } from '#platform/ids.ts'
import type { OwnAddresses, Person } from '../calendars/own-addresses.ts'
import { presentRow } from '../events/event-answers.ts'
import { nameOfUid, pathOf } from '../events/event-path.ts'
import { type ObjectAccess, type OpenObject, untouched } from '../events/object-access.ts'
import { type CalendarObject, emptyCalendar, objectOf, readObject } from '../ical/calendar-object.ts'
import { firstOf, property, setProperty } from '../ical/content-lines.ts'
import { addressOf, type EventFields, eventsOf, sequenceOf } from '../ical/event-fields.ts'
import { sameAddress, stamp } from '../ical/event-writing.ts'
import { addOverride } from '../ical/series-edits.ts'
import { calendarStore } from '../mirror/calendar-store.ts'
import type { Mirror } from '../mirror/mirror.ts'
import { objectStore } from '../mirror/object-store.ts'
import { invitationStore } from './invitation-store.ts'
import { answersOf, componentsOf, organizerIn, organizerOf, speakersOf } from './itip.ts'
import { proposedTimes } from './proposal-times.ts'
import type { Proposals } from './proposals.ts'
import { createReplies } from './replies.ts'
import { takeUpdate } from './updates.ts'

export type Received = {
  method: string
  outcome: 'added' | 'updated' | 'cancelled' | 'answer_recorded' | 'proposed' | 'unchanged'
  path: string | null
  /** What a counter proposal asks for. */
  proposal: Pick<EventFields, 'summary' | 'start' | 'end' | 'timezone' | 'location'> | null
}

export type Invitations = ReturnType<typeof createInvitations>

/** What awaits an answer, and what comes by mail (RFC 6047). */
export function createInvitations(deps: {
  database: Database
  transact: Transact
  mirror: Mirror
  objects: ObjectAccess
  ownAddresses: OwnAddresses
  proposals: Proposals
  now: () => number
}) {
  const { database, transact, mirror, objects, ownAddresses, now } = deps
  const writeReply = createReplies(deps)

  async function ownCopy(actor: Person, uid: string): Promise<OpenObject | undefined> {
    for (const row of await objectStore.findByUid(database, actor.personId, uid)) {
      if (row.access === 'owner') return objects.load(await objects.calendarOf(actor, row.calendar), row.name)
    }
    return undefined
  }

  async function request(actor: Person, sent: CalendarObject): Promise<Omit<Received, 'method'>> {
    const own = await ownAddresses.of(actor)
    if (own.every((email) => answersOf(sent, email).length === 0)) throw notInvited()
    const known = await ownCopy(actor, sent.uid)
    if (!known) return added(actor, sent)
    const path = pathOf(known.place)
    requireSameOrganizer(known.object, sent)
    let isNews = false
    await objects.change(known, undefined, (object) => {
      isNews = takeUpdate(object, sent, own)
      return isNews ? undefined : untouched
    })
    return { outcome: isNews ? 'updated' : 'unchanged', path, proposal: null }
  }

  async function added(actor: Person, sent: CalendarObject): Promise<Omit<Received, 'method'>> {
    const own = (await calendarStore.list(database, actor.personId)).find(({ access }) => access === 'owner')
    if (!own) throw noCalendar()
    const open = await objects.calendarOf(actor, own.name)
    const name = nameOfUid(sent.uid, newId())
    await objects.add(open, name, objectOf({ ...emptyCalendar(), components: sent.calendar.components }))
    return { outcome: 'added', path: pathOf({ uid: open.server.uid, calendar: own.name, name }), proposal: null }
  }

  async function known(actor: Person, uid: string): Promise<OpenObject> {
    const copy = await ownCopy(actor, uid)
    if (!copy) throw unknownEvent()
    return copy
  }

  async function cancel(actor: Person, sent: CalendarObject): Promise<Omit<Received, 'method'>> {
    const copy = await known(actor, sent.uid)
    requireSameOrganizer(copy.object, sent)
    // It was invited to anew since: mail comes in any order.
    if (versionOf(sent) < versionOf(copy.object)) {
      return { outcome: 'unchanged', path: pathOf(copy.place), proposal: null }
    }
    await objects.change(copy, undefined, (object) => {
      const ofSome = sent.overrides.map(({ key }) => occurrence(object, key))
      for (const event of sent.master ? componentsOf(object) : ofSome) {
        if (!event) continue
        setProperty(event, 'STATUS', property('STATUS', 'CANCELLED'))
        stamp(event, { now: now(), isSignificant: false })
      }
      return undefined
    })
    return { outcome: 'cancelled', path: pathOf(copy.place), proposal: null }
  }

  const occurrence = (object: CalendarObject, key: string) =>
    object.overrides.find((one) => one.key === key)?.component ?? addOverride(object, key)

  /** Somebody elsewhere answers an invitation of the actor's. */
  async function reply(actor: Person, sent: CalendarObject): Promise<Omit<Received, 'method'>> {
    const copy = await known(actor, sent.uid)
    if (!organizerIn(copy.object, await ownAddresses.of(actor))) throw notOrganizer()
    const isNews = await writeReply(copy, sent)
    return { outcome: isNews ? 'answer_recorded' : 'unchanged', path: pathOf(copy.place), proposal: null }
  }

  /** RFC 5546 §3.2.7: another time is proposed; nothing changes until the organizer says so. */
  async function counter(actor: Person, sent: CalendarObject): Promise<Omit<Received, 'method'>> {
    const copy = await known(actor, sent.uid)
    if (!organizerIn(copy.object, await ownAddresses.of(actor))) throw notOrganizer()
    const [read] = eventsOf(sent)
    if (!read) throw unreadable()
    const isNews = await transact((tx) => deps.proposals.receive(tx, copy, sent))
    const proposal = { summary: read.fields.summary, location: read.fields.location, ...proposedTimes(read) }
    return { outcome: isNews ? 'proposed' : 'unchanged', path: pathOf(copy.place), proposal }
  }

  const byMethod: Readonly<Record<string, typeof request>> = {
    REQUEST: request,
    CANCEL: cancel,
    REPLY: reply,
    COUNTER: counter,
  }

  return {
    async list(actor: Actor, { limit, cursor }: { limit: number; cursor: string | undefined }) {
      const { uid } = await mirror.refresh(actor.personId)
      const after = cursor === undefined ? undefined : decodeCursor(cursor, ['time', 'uuid', 'string'])
      const wanted = { emails: await ownAddresses.of(actor), after, limit: limit + 1 }
      const rows = await invitationStore.awaiting(database, actor.personId, wanted)
      const last = rows.length > limit ? rows[limit - 1] : undefined
      return {
        items: rows.slice(0, limit).map((row) => presentRow(row, uid)),
        next_cursor: last ? encodeCursor([last.sort, last.object_id, last.key]) : null,
      }
    },

    /**
     * Does what a calendar part of a mail asks for: keeps an invitation, cancels an event, writes an answer down. With
     * `from`, only if the message is from whom it speaks for.
     * @throws AppError `calendar.file_unreadable`, `calendar.not_invited`, `attendee_not_found`, `auth.forbidden`, `not_found`
     */
    async receive(actor: Person, content: string, { from }: { from?: string } = {}): Promise<Received> {
      const sent = readSent(content)
      const stated = firstOf(sent.calendar, 'METHOD')?.value.trim().toUpperCase()
      // A file that somebody sends along asks for nothing by itself.
      const method = stated ?? (from === undefined ? 'REQUEST' : 'PUBLISH')
      const handle = Object.hasOwn(byMethod, method) ? byMethod[method] : undefined
      if (!handle) throw unreadable()
      if (from !== undefined && !speakersOf(sent, method).some((one) => sameAddress(one, from))) throw notOrganizer()
      await mirror.refresh(actor.personId)
      return { method, ...(await handle(actor, sent)) }
    },
  }
}

function readSent(content: string): CalendarObject {
  try {
    const object = readObject(content.replaceAll('\0', '').toWellFormed())
    if (object.uid !== '' && componentsOf(object).length > 0) return object
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw unreadable()
}

const versionOf = (object: CalendarObject): number => Math.max(...componentsOf(object).map(sequenceOf))

/** A uid is no secret: only the organizer of an event changes it. */
function requireSameOrganizer(object: CalendarObject, sent: CalendarObject): void {
  const organizer = organizerOf(sent)
  if (!organizer || !organizerIn(object, [addressOf(organizer).toLowerCase()])) throw notOrganizer()
}

const unreadable = () =>
  new AppError(
    'unprocessable',
    'calendar.file_unreadable',
    'This is no invitation, and no answer to one, that calendars know.',
  )
const notInvited = () =>
  new AppError(
    'unprocessable',
    'calendar.not_invited',
    'The invitation is for another address than yours; import the event instead.',
  )
const notOrganizer = () =>
  new AppError('forbidden', 'auth.forbidden', 'Only the organizer of an event changes it or gets answers to it.')
const unknownEvent = () => new AppError('not_found', 'not_found', 'There is no such event in your calendars.')
const noCalendar = () => new AppError('not_found', 'not_found', 'You have no calendar of your own; make one first.')
