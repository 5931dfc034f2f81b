import { createHash } from 'node:crypto'
import type { Actor } from '#platform/auth/actor.ts'
import type { Transact } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { isAmong, type OwnAddresses } from '../calendars/own-addresses.ts'
import { noSuchEvent } from '../errors.ts'
import { type CalendarObject, emptyCalendar, objectOf, timesOfEvent } from '../ical/calendar-object.ts'
import { type Component, property } from '../ical/content-lines.ts'
import { addressOf, eventsOf, fieldsOf } from '../ical/event-fields.ts'
import { stamp, type WantedEvent, writeEvent } from '../ical/event-writing.ts'
import { asOfSeries, editAll, editOne, endBefore, isEmpty, keyOf, removeOne, splitAt } from '../ical/series-edits.ts'
import { invalid } from '../ical/wanted-times.ts'
import { organizerOf } from '../invitations/itip.ts'
import type { EventAttachments, GivenEvent } from './event-attachments.ts'
import { nameOfUid, pathOf } from './event-path.ts'
import {
  type AlsoWritten,
  isMismatch,
  type ObjectAccess,
  type OpenCalendar,
  type OpenObject,
  type Reported,
  reported,
} from './object-access.ts'

export type Scope = 'this' | 'following' | 'all'
export type EditTarget = {
  ifMatch: string | undefined
  scope?: Scope | undefined
  recurrenceId?: string | undefined
  /** What else belongs to the change; not with `following`. */
  also?: AlsoWritten
}
export type NewEvent = GivenEvent
type ResolvedEvent = WantedEvent & { uid?: string | undefined }

/** What meetings and other modules hear of an object that is no more. */
export type OnRemoved = (actor: Pick<Actor, 'personId'>, removed: OpenObject) => Promise<void>

export type CalendarEvents = ReturnType<typeof createCalendarEvents>

/** Makes, changes and deletes events. */
export function createCalendarEvents(deps: {
  objects: ObjectAccess
  transact: Transact
  onRemoved: OnRemoved
  ownAddresses: OwnAddresses
  attachments: EventAttachments
  now: () => number
}) {
  const { objects, transact, attachments, now } = deps

  async function add(actor: Actor, open: OpenCalendar, wanted: NewEvent, fallbackUid: string) {
    const uid = wanted.uid ?? fallbackUid
    const resolved = await attachments.resolve(actor, wanted)
    const object = newObject(uid, withOrganizer(resolved, await invitersOf(actor, open), undefined), now())
    const place = { uid: open.server.uid, calendar: open.calendar.name, name: nameOfUid(uid, hashOf(uid)) }
    try {
      return { path: pathOf(place), uid, ...(await objects.add(open, place.name, object)) }
    } catch (error) {
      if (isMismatch(error) || (error instanceof AppError && error.code === 'invalid_name')) throw exists()
      throw error
    }
  }

  /** A repeated request whose first answer was lost finds its own event. */
  async function addOnce(actor: Actor, open: OpenCalendar, wanted: NewEvent, key: string) {
    const fallbackUid = hashOf(`${actor.personId} ${open.calendar.name} ${key}`)
    try {
      return await add(actor, open, wanted, fallbackUid)
    } catch (error) {
      const uid = wanted.uid ?? fallbackUid
      const name = nameOfUid(uid, hashOf(uid))
      const known = isExists(error) ? await objects.load(open, name).catch(() => undefined) : undefined
      if (!known?.object.master || !isSaying(known.object, wanted)) throw error
      return { path: pathOf(known.place), uid, etag: known.stored.etag }
    }
  }

  /** Who writes into a calendar, and whose it is: whoever writes to one that is shared with them acts for its owner. */
  async function invitersOf(actor: Actor, open: OpenCalendar): Promise<Inviters> {
    const own = await deps.ownAddresses.of(actor)
    if (open.calendar.access === 'owner') return { own, holders: own, inviting: actor.email }
    const holders = await deps.ownAddresses.ofHolder(open)
    return { own, holders, inviting: holders[0] ?? actor.email }
  }

  /** Of whoever changes the object, to be asked for each form that it takes meanwhile. */
  async function optionsOf(actor: Actor, open: OpenCalendar) {
    const { own, holders } = await invitersOf(actor, open)
    return ({ object }: OpenObject) => {
      const organizer = organizerOf(object)
      const isTheirs = !organizer || holders.length === 0 || isAmong([...own, ...holders], addressOf(organizer))
      return { now: now(), isOrganizer: isTheirs }
    }
  }

  async function changeFollowing(actor: Actor, opened: OpenObject, wanted: WantedEvent, target: EditTarget) {
    const key = occurrenceOf(opened, target.recurrenceId)
    const options = (await optionsOf(actor, opened))(opened)
    const uid = newId()
    const following = splitAt(opened.object, key, { ...options, uid })
    if (following === undefined) throw noSuchEvent()
    if (following === 'first') return changeAll(actor, opened, wanted, target)
    editAll(following, wanted, options)
    const added = await objects.add(opened, `${uid}.ics`, following, { insteadOf: opened.place.name })
    const place = { ...opened.place, name: `${uid}.ics` }
    try {
      const ended = await objects.change(opened, target.ifMatch, (object) => {
        // Loaded anew since somebody else was faster.
        if (object !== opened.object && endBefore(object, key, options) !== true) throw noSuchEvent()
        return undefined
      })
      const unreached = [...(ended.unreached ?? []), ...(added.unreached ?? [])]
      const told = new Map(unreached.map((one) => [one.email.toLowerCase(), one]))
      return {
        etag: ended.etag,
        following: { path: pathOf(place), uid, etag: added.etag },
        ...reported([...told.values()]),
      }
    } catch (error) {
      // Half a change is none.
      const half = await objects.load(opened, place.name).catch(() => undefined)
      if (half) await objects.remove(half, undefined)
      throw error
    }
  }

  async function changeAll(actor: Actor, opened: OpenObject, wanted: WantedEvent, target: EditTarget) {
    const options = await optionsOf(actor, opened)
    return objects.change(opened, target.ifMatch, (object) => {
      editAll(object, wantedOfAll(object, wanted, target), options({ ...opened, object }))
      return target.also
    })
  }

  async function removeAll(actor: Actor, opened: OpenObject, ifMatch: string | undefined) {
    const removed = await objects.remove(opened, ifMatch)
    await deps.onRemoved(actor, opened)
    return removed
  }

  return {
    /** @throws AppError `calendar.event_exists`, `auth.forbidden`, `not_found`, `invalid_request_body` */
    async create(actor: Actor, calendar: string, wanted: NewEvent, idempotencyKey?: string) {
      const open = await objects.calendarOf(actor, calendar)
      objects.requireWritable(open)
      if (idempotencyKey === undefined) return add(actor, open, wanted, newId())
      const request = {
        ownerId: actor.personId,
        scope: 'calendar.events',
        key: idempotencyKey,
        body: { calendar, wanted },
      }
      const { body } = await transact((tx) =>
        once(tx, request, async () => ({ status: 201, body: await addOnce(actor, open, wanted, idempotencyKey) })),
      )
      return body
    },

    /**
     * Changes an event: the whole series, one occurrence, or those from one on, which become a series of their own.
     * @throws AppError `etag_mismatch`, `auth.forbidden`, `not_found`, `invalid_request_body`, and what attachments throw
     */
    async change(actor: Actor, address: string, wanted: NewEvent, target: EditTarget) {
      const opened = await objects.open(actor, address)
      objects.requireWritable(opened)
      if (wanted.uid !== undefined && wanted.uid !== opened.object.uid) {
        throw invalid('body.uid', 'must stay what it is: another uid is another event')
      }
      if (!isMatch(target.ifMatch, opened.stored.etag)) throw etagMismatch()
      const { scope = 'all' } = target
      const given = await attachments.resolve(actor, wanted, eventsOf(opened.object)[0]?.fields)
      const organizer = organizerOf(opened.object)
      const resolved = withOrganizer(given, await invitersOf(actor, opened), organizer && addressOf(organizer))
      if (scope === 'all') return changeAll(actor, opened, resolved, target)
      if (scope === 'following') return changeFollowing(actor, opened, resolved, target)
      const key = occurrenceOf(opened, target.recurrenceId)
      const options = await optionsOf(actor, opened)
      return objects.change(opened, target.ifMatch, (object) => {
        if (!editOne(object, key, resolved, options({ ...opened, object }))) throw noSuchEvent()
        return target.also
      })
    },

    /** @throws AppError `etag_mismatch`, `auth.forbidden`, `not_found` */
    async remove(actor: Actor, address: string, target: EditTarget): Promise<Reported> {
      const opened = await objects.open(actor, address)
      objects.requireWritable(opened)
      const { scope = 'all', ifMatch } = target
      if (scope === 'all') return removeAll(actor, opened, ifMatch)
      const key = occurrenceOf(opened, target.recurrenceId)
      const options = (await optionsOf(actor, opened))(opened)
      const done = scope === 'this' ? removeOne(opened.object, key, options) : endBefore(opened.object, key, options)
      if (!done) throw noSuchEvent()
      if (done === 'first' || isEmpty(opened.object)) return removeAll(actor, opened, ifMatch)
      const { unreached = [] } = await objects.change(opened, ifMatch, (object) => {
        // Loaded anew since somebody else was faster.
        if (object !== opened.object) {
          const isDone = scope === 'this' ? removeOne(object, key, options) : endBefore(object, key, options)
          if (!isDone) throw noSuchEvent()
        }
        return undefined
      })
      return reported(unreached)
    },
  }
}

/** Whoever names an occurrence says when that is to take place: the series moves by the difference. */
function wantedOfAll(object: CalendarObject, wanted: WantedEvent, { recurrenceId }: EditTarget): WantedEvent {
  if (recurrenceId === undefined) return wanted
  const key = keyOf(object, recurrenceId)
  const ofSeries = key === undefined ? undefined : asOfSeries(object, key, wanted)
  if (!ofSeries) throw noSuchEvent()
  return ofSeries
}

function occurrenceOf({ object }: OpenObject, recurrenceId: string | undefined): string {
  if (recurrenceId === undefined) {
    throw invalid('querystring.recurrence_id', 'is missing: it says which occurrence is meant')
  }
  const key = keyOf(object, recurrenceId)
  if (key === undefined) throw invalid('querystring.recurrence_id', 'must be a date or a time as 20260523T090000Z')
  return key
}

/** The addresses of who writes, of whose calendar it is, and the one by which others are invited from there. */
type Inviters = { own: readonly string[]; holders: readonly string[]; inviting: string | null }

/** Those invited answer to whose calendar it is (RFC 6638 §3.1), also where somebody else writes there as themselves. */
function withOrganizer(wanted: ResolvedEvent, inviters: Inviters, current: string | undefined): ResolvedEvent {
  const { own, holders, inviting } = inviters
  const named = wanted.organizer === undefined ? current : wanted.organizer
  if (inviting === null) return wanted
  if (named == null) return wanted.attendees?.length ? { ...wanted, organizer: inviting } : wanted
  const isForHolder = wanted.organizer != null && isAmong(own, named) && !isAmong(holders, named)
  return isForHolder ? { ...wanted, organizer: inviting } : wanted
}

function newObject(uid: string, wanted: WantedEvent, now: number): CalendarObject {
  const event: Component = { name: 'VEVENT', properties: [property('UID', uid)], components: [] }
  const calendar = emptyCalendar()
  const object = objectOf({ ...calendar, components: [event] })
  writeEvent(event, wanted, object.zones)
  stamp(event, { now, isSignificant: false })
  return object
}

function isSaying({ master, zones }: CalendarObject, wanted: NewEvent): boolean {
  const times = master && timesOfEvent(master, zones)
  return times !== undefined && fieldsOf(master as Component, times, zones).summary === (wanted.summary ?? '')
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40)

const isExists = (error: unknown): boolean => error instanceof AppError && error.code === 'calendar.event_exists'

const exists = () =>
  new AppError(
    'conflict',
    'calendar.event_exists',
    'There is an event with this uid already; change that one, or choose another uid.',
  )
