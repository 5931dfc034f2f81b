import { encodePath } from '#integrations/dav/dav-path.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import type { ObjectAccess, OpenCalendar } from '../events/object-access.ts'
import type { CalendarChange } from '../mirror/calendar-server.ts'
import { type CalendarRow, calendarStore } from '../mirror/calendar-store.ts'
import type { Mirror } from '../mirror/mirror.ts'
import { type BirthdayCalendar, birthdayCalendarId } from './birthday-calendar.ts'
import { idOfCalendar } from './calendar-id.ts'
import { personStore } from './person-store.ts'

export type WantedShare = { email: string; access: 'read' | 'read_write' }
export type CalendarView = ReturnType<typeof present>

export type Calendars = ReturnType<typeof createCalendars>

/** Calendars as their owner sees them, with those that others share with them. */
export function createCalendars(deps: {
  database: Database
  transact: Transact
  mirror: Mirror
  objects: ObjectAccess
  birthdays: BirthdayCalendar
}) {
  const { database, transact, mirror, objects, birthdays } = deps

  async function now(
    { ownerId, server }: Pick<OpenCalendar, 'ownerId' | 'server'>,
    name: string,
  ): Promise<CalendarView> {
    await mirror.refresh(ownerId, { maxAgeMs: 0 })
    const row = await calendarStore.find(database, ownerId, name)
    if (!row) throw new Error('a calendar that was just written is not listed')
    return present(row, server.uid)
  }

  async function own(actor: Actor, name: string): Promise<OpenCalendar> {
    const open = await objects.calendarOf(actor, name)
    if (open.calendar.access !== 'owner') throw notOwner()
    return open
  }

  /** A name at the server, by which a repeated request finds what it made. */
  async function make(actor: Actor, name: string, wanted: CalendarChange & { displayName: string }) {
    const server = await objects.openServerOf(actor.personId)
    await server.create(name, wanted).catch(unlessMade)
    return now({ ownerId: actor.personId, server }, name)
  }

  async function shareWith(open: OpenCalendar, uid: string, access: WantedShare['access'] | 'none') {
    await open.server.share(open.calendar.name, [{ uid, access }])
    await transact((tx) => objects.tellOthers(tx, open.ownerId, { emails: [], uids: [uid] }))
    return now(open, open.calendar.name)
  }

  return {
    async list(actor: Actor) {
      const home = await mirror.refresh(actor.personId)
      const rows = await calendarStore.list(database, actor.personId)
      const born = await birthdays.events(actor.personId, home)
      const items: CalendarView[] = rows.map((row) => present(row, home.uid))
      return { items: born ? [...items, await birthdays.view(actor.personId, home.uid)] : items, next_cursor: null }
    },

    /** @throws AppError `not_found` */
    async view(actor: Actor, name: string): Promise<CalendarView> {
      if (name === birthdayCalendarId) {
        const home = await mirror.refresh(actor.personId)
        if (await birthdays.events(actor.personId, home)) return birthdays.view(actor.personId, home.uid)
      }
      const { server, calendar } = await objects.calendarOf(actor, name)
      return present(calendar, server.uid)
    },

    async create(actor: Actor, wanted: CalendarChange & { displayName: string }, key?: string): Promise<CalendarView> {
      const request = { ownerId: actor.personId, scope: 'calendar.calendars', key, body: wanted }
      const { body } = await transact((tx) => once(tx, request, async () => ({ status: 201, body: { name: newId() } })))
      return make(actor, body.name, wanted)
    },

    /** Of one that others share, what is changed is changed for the actor alone. @throws AppError `not_found` */
    async change(actor: Actor, name: string, wanted: CalendarChange): Promise<CalendarView> {
      const open = await objects.calendarOf(actor, name)
      await open.server.change(name, wanted)
      return now(open, name)
    },

    /** With all that is in it; one that others share only leaves the actor's list. @throws AppError `not_found` */
    async remove(actor: Actor, name: string): Promise<void> {
      const open = await objects.calendarOf(actor, name)
      await open.server.removeCalendar(name)
      await mirror.refresh(actor.personId, { maxAgeMs: 0 })
      const uids = open.calendar.shares.map(({ uid }) => uid)
      await transact((tx) => objects.tellOthers(tx, open.ownerId, { emails: [], uids }))
    },

    /** @throws AppError `calendar.person_unknown`, `auth.forbidden`, `not_found` */
    async share(actor: Actor, name: string, { email, access }: WantedShare): Promise<CalendarView> {
      const open = await own(actor, name)
      const uid = await personStore.uidOf(database, email)
      if (uid === undefined || uid === open.server.uid) throw unknownPerson()
      return shareWith(open, uid, access)
    },

    /** @throws AppError `auth.forbidden`, `not_found` */
    async unshare(actor: Actor, name: string, uid: string): Promise<CalendarView> {
      const open = await own(actor, name)
      if (!open.calendar.shares.some((one) => one.uid === uid)) throw notShared()
      return shareWith(open, uid, 'none')
    },
  }
}

const present = (row: CalendarRow, uid: string) => ({
  ...{
    id: idOfCalendar(row.name),
    path: `/remote.php/dav${encodePath(`/calendars/${uid}/${row.name}/`)}`,
    name: row.display_name,
  },
  ...{ description: row.description, color: row.color, order: row.sort_order, is_visible: row.is_visible },
  ...{ access: row.access, owner: row.belongs_to },
  shares: row.shares.map((share) => ({ user: share.uid, access: share.access })),
})

/** The answer to the first request was lost. */
function unlessMade(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'already_exists')) throw error
}

const notOwner = () =>
  new AppError('forbidden', 'auth.forbidden', 'Only the owner of a calendar says with whom it is shared; ask them.')

const notShared = () => new AppError('not_found', 'not_found', 'The calendar is not shared with anybody of this name.')

const unknownPerson = () =>
  new AppError(
    'unprocessable',
    'calendar.person_unknown',
    'Nobody here has this address and a calendar; calendars are shared with people of this installation.',
  )
