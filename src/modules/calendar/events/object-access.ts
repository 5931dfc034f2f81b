import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { enqueue, jobName } from '#platform/jobs/jobs.ts'
import { birthdayCalendarId } from '../calendars/birthday-calendar.ts'
import { holderOf } from '../calendars/calendar-holder.ts'
import { hidden, noSuchCalendar, noSuchEvent, readOnly } from '../errors.ts'
import { type CalendarNotice, tellEach } from '../events.ts'
import { type CalendarObject, formatObject, readObject } from '../ical/calendar-object.ts'
import { eventsOf } from '../ical/event-fields.ts'
import { answerStore } from '../invitations/answer-store.ts'
import type { Changed, InvitationMail, Unreached } from '../invitations/invitation-mail.ts'
import { newAnswers } from '../invitations/itip.ts'
import { cachedObject } from '../mirror/cached-object.ts'
import { type CalendarServer, openCalendarServer, type ServerObject } from '../mirror/calendar-server.ts'
import { type CalendarRow, calendarStore } from '../mirror/calendar-store.ts'
import type { Mirror } from '../mirror/mirror.ts'
import type { Bookings } from '../resources/bookings.ts'
import { type ObjectPlace, placeOf } from './event-path.ts'

export type ObjectDeps = {
  nextcloud: Nextcloud
  database: Database
  transact: Transact
  events: Events
  mirror: Mirror
  /** Tells people elsewhere of what changes. */
  invitationMail: InvitationMail
  /** Has resources answer. */
  bookings: Bookings
  now: () => number
}

export const refreshJob = jobName<{ ownerId: string }>('calendar.refresh')

/** A calendar that somebody sees. */
export type OpenCalendar = { ownerId: string; server: CalendarServer; calendar: CalendarRow }
/** An object of it, as it is at the server now. */
export type OpenObject = OpenCalendar & { place: ObjectPlace; stored: ServerObject; object: CalendarObject }

/** What else belongs to a write; runs in the transaction that stores it here. */
export type AlsoWritten = (tx: Tx) => Promise<void>

/** `unreached`: people elsewhere who should hear of the change and do not; absent where there are none. */
export type Written = { etag: string } & Reported
export type Reported = { unreached?: Unreached[] }

/** What a change answers that changes nothing after all. */
export const untouched = Symbol('untouched')
type Outcome = AlsoWritten | undefined | typeof untouched

/** `isQuiet`: people elsewhere are not written to, as when a file is taken in. */
type WriteOptions = { also?: AlsoWritten | undefined; isQuiet?: boolean; before?: string } & AddOptions
/** `insteadOf`: the object of which it takes over what is booked, as part of the same change. */
type AddOptions = { isQuiet?: boolean; insteadOf?: string }

export type ObjectAccess = ReturnType<typeof createObjectAccess>

/** The way to objects at the server, by what their owner may see and do. */
export function createObjectAccess(deps: ObjectDeps) {
  const { nextcloud, database, transact, events, mirror } = deps

  async function findCalendar(ownerId: string, isIt: (row: CalendarRow) => boolean): Promise<CalendarRow | undefined> {
    // A calendar that is not known yet may be a minute old.
    for (const maxAgeMs of [undefined, 2000]) {
      await mirror.refresh(ownerId, { ...(maxAgeMs !== undefined && { maxAgeMs }) })
      const found = (await calendarStore.list(database, ownerId)).find(isIt)
      if (found) return found
    }
    return undefined
  }

  async function openServerOf(ownerId: string): Promise<CalendarServer> {
    return openCalendarServer(nextcloud, ownerId)
  }

  async function calendarOf(actor: Pick<Actor, 'personId'>, name: string): Promise<OpenCalendar> {
    const server = await openServerOf(actor.personId)
    const calendar = await findCalendar(actor.personId, (row) => row.name === name)
    if (!calendar) throw name === birthdayCalendarId ? readOnly() : noSuchCalendar()
    return { ownerId: actor.personId, server, calendar }
  }

  /** The calendar in which a path lies, by the name that it has for the actor or for whoever shares it. */
  async function locate(actor: Pick<Actor, 'personId'>, place: ObjectPlace): Promise<OpenCalendar | undefined> {
    const server = await openServerOf(actor.personId)
    const isOwn = place.uid.toLowerCase() === server.uid.toLowerCase()
    const name = isOwn ? place.calendar : `${place.calendar}_shared_by_${place.uid}`
    const calendar = await findCalendar(actor.personId, (row) => row.name === name)
    return calendar && { ownerId: actor.personId, server, calendar }
  }

  /** Birthdays are changed where their contacts are. */
  async function isOwnBirthday(actor: Pick<Actor, 'personId'>, { calendar, uid }: ObjectPlace): Promise<boolean> {
    const isBirthday = calendar === birthdayCalendarId
    return isBirthday && (await openServerOf(actor.personId)).uid.toLowerCase() === uid.toLowerCase()
  }

  async function load(open: OpenCalendar, name: string): Promise<OpenObject> {
    const stored = await open.server.get(open.calendar.name, name)
    const object = stored && readable(stored.content)
    if (!stored || !object) throw noSuchEvent()
    const place = { uid: open.server.uid, calendar: open.calendar.name, name }
    return { ...open, place, stored, object }
  }

  /** Those whose calendars a write changes too hear of it at their next look, not by and by. */
  async function tellOthers(
    tx: Tx,
    ownerId: string,
    { emails, uids }: { emails: readonly string[]; uids: readonly string[] },
  ) {
    const lower = (list: readonly string[]) => list.map((one) => one.toLowerCase())
    for (const other of await calendarStore.expire(tx, { emails: lower(emails), uids: lower(uids) })) {
      if (other !== ownerId) await enqueue(tx, refreshJob, { ownerId: other }, { key: `${refreshJob.name}:${other}` })
    }
  }

  const tellInvolved = async (tx: Tx, open: OpenCalendar, read: readonly Named[]): Promise<void> =>
    tellOthers(tx, open.ownerId, await involved(tx, open, read))

  async function keep(open: OpenCalendar, written: ServerObject, options: WriteOptions): Promise<Reported> {
    const { also, isQuiet, before } = options
    const object = cachedObject(written)
    return transact(async (tx) => {
      const notices = await mirror.keep(tx, open.ownerId, { ...open, object })
      await tellInvolved(tx, open, object.events)
      const change = { before: readable(before), after: readable(written.content) }
      await noteAnswers(tx, open.ownerId, change, { calendar: open.calendar.name, name: written.name })
      await also?.(tx)
      return tellAll(tx, open, { notices, change: isQuiet ? undefined : change })
    })
  }

  /** Whoever follows the calendars here, and people elsewhere. To be the last thing that a transaction does. */
  async function tellAll(
    tx: Tx,
    open: OpenCalendar,
    { notices, change }: { notices: readonly CalendarNotice[]; change: Changed | undefined },
  ): Promise<Reported> {
    const told = change && (await deps.invitationMail.tell(tx, open, change))
    await tellEach(events, tx, [{ ownerId: open.ownerId, events: notices }, ...(told?.mailed ?? [])])
    return reported(told?.unreached ?? [])
  }

  /** What its organizer writes down for others counts as of now: an answer that is under way may be older. */
  async function noteAnswers(
    tx: Tx,
    ownerId: string,
    { before, after }: Changed,
    at: { calendar: string; name: string },
  ) {
    const answers = before && after ? newAnswers(before, after) : []
    const timed = answers.map((one) => ({ ...one, at: deps.now() }))
    await answerStore.set(tx, ownerId, at, timed)
  }

  async function write(
    open: OpenCalendar,
    { name, object }: { name: string; object: CalendarObject },
    condition: { ifMatch: string } | { ifNoneMatch: '*' },
    options: WriteOptions,
  ): Promise<Written> {
    const answered = await deps.bookings.answer(open, name, object, options)
    const text = formatObject(object)
    const target = { calendar: open.calendar.name, name }
    const { etag } = await open.server.put(target, text, condition).catch(async (error) => {
      if (isRefusal(error)) await answered.release()
      throw error
    })
    // Without an ETag the server changed what it was given.
    const written = etag ? { name, etag, content: text } : await open.server.get(open.calendar.name, name)
    if (!written) throw noSuchEvent()
    const also = async (tx: Tx) => {
      await answered.settle(tx)
      await options.also?.(tx)
    }
    return { etag: written.etag, ...(await keep(open, written, { ...options, also })) }
  }

  return {
    calendarOf,
    locate,
    load,
    openServerOf,
    tellOthers,
    /** Everybody in whose calendars an object shows, its writer too: what they have here is no longer up to date. */
    tellInvolved,

    /** @throws AppError `auth.forbidden` */
    requireWritable(open: OpenCalendar | OpenObject): void {
      if (open.calendar.access === 'read') throw readOnly()
      // What is written back would be all that there is.
      if ('object' in open && isHidden(open)) throw hidden()
    },

    /** The object at a path that somebody sees. @throws AppError `not_found` */
    async open(actor: Pick<Actor, 'personId'>, address: string): Promise<OpenObject> {
      const place = placeOf(address)
      const open = await locate(actor, place)
      if (!open) throw (await isOwnBirthday(actor, place)) ? readOnly() : noSuchEvent()
      return load(open, place.name)
    },

    /**
     * Changes an object as it is now; without `ifMatch` again when somebody else was faster.
     * @throws AppError `etag_mismatch`, `auth.forbidden`, and what `change` throws
     */
    async change(
      opened: OpenObject,
      ifMatch: string | undefined,
      change: (object: CalendarObject) => Outcome | Promise<Outcome>,
      { isQuiet = false }: { isQuiet?: boolean } = {},
    ): Promise<Written> {
      let current = opened
      for (let attempt = 1; ; attempt++) {
        if (!isMatch(ifMatch, current.stored.etag)) throw etagMismatch()
        const also = await change(current.object)
        if (also === untouched) return { etag: current.stored.etag }
        const target = { name: current.place.name, object: current.object }
        try {
          const options = { also, isQuiet, before: current.stored.content }
          return await write(current, target, { ifMatch: current.stored.etag }, options)
        } catch (error) {
          if (ifMatch !== undefined || attempt === 3 || !isMismatch(error)) throw error
          current = await load(current, current.place.name)
        }
      }
    },

    /** @throws AppError `etag_mismatch` where there is an object of that name already */
    add: (open: OpenCalendar, name: string, object: CalendarObject, options: AddOptions = {}): Promise<Written> =>
      write(open, { name, object }, { ifNoneMatch: '*' }, options),

    async remove(opened: OpenObject, ifMatch: string | undefined): Promise<Reported> {
      if (!isMatch(ifMatch, opened.stored.etag)) throw etagMismatch()
      const { server, ownerId, place } = opened
      await server.remove(place, ifMatch === undefined ? undefined : opened.stored.etag)
      return transact(async (tx) => {
        const notices = await mirror.forget(tx, ownerId, { server, calendar: place.calendar, name: place.name })
        await tellInvolved(tx, opened, eventsOf(opened.object))
        await deps.bookings.drop(tx, opened, place.name)
        const before = readable(opened.stored.content)
        return tellAll(tx, opened, { notices, change: { before, after: undefined } })
      })
    },
  }
}

export const reported = (unreached: readonly Unreached[]): Reported =>
  unreached.length === 0 ? {} : { unreached: [...unreached] }

/** Of an event that its owner calls confidential the server shows others when it is (RFC 5545 §3.8.1.3), and no more. */
const isHidden = ({ calendar, object }: OpenObject): boolean =>
  calendar.access !== 'owner' && eventsOf(object).some(({ fields }) => fields.visibility === 'CONFIDENTIAL')

/** What the server said no to was not written; of what it did not answer to, nobody knows. */
const isRefusal = (error: unknown): boolean =>
  error instanceof AppError && error.kind !== 'internal' && error.kind !== 'unavailable'

export const isMismatch = (error: unknown): boolean => error instanceof AppError && error.code === 'etag_mismatch'

/** Undefined for what nobody can read. */
export function readable(text: string | undefined): CalendarObject | undefined {
  if (text === undefined) return undefined
  try {
    const object = readObject(text)
    return object.master || object.overrides.length > 0 ? object : undefined
  } catch {
    return undefined
  }
}

type Named = { fields: { organizer: string | null; attendees: readonly { email: string }[] } }

/** Everybody in whose calendars an object shows. */
async function involved(tx: Tx, open: OpenCalendar, read: readonly Named[]) {
  // The server tells its owner alone with whom a calendar is shared.
  const holder = await holderOf(tx, open)
  const { shares = [] } = (holder && (await calendarStore.find(tx, holder.ownerId, holder.calendar))) ?? {}
  return {
    emails: read.flatMap(({ fields }) => [fields.organizer ?? '', ...fields.attendees.map(({ email }) => email)]),
    uids: [open.server.uid, open.calendar.belongs_to, ...shares.map(({ uid }) => uid)],
  }
}
