import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { OwnAddresses } from '../calendars/own-addresses.ts'
import { noSuchEvent } from '../errors.ts'
import { answersOf } from '../invitations/itip.ts'
import { calendarStore } from '../mirror/calendar-store.ts'
import { objectStore } from '../mirror/object-store.ts'
import type { ObjectPlace } from './event-path.ts'
import type { ObjectAccess, OpenObject } from './object-access.ts'

/** Which event of their own somebody means who was invited: by its path, or by that of whoever invited them. */
export function createOwnCopies(deps: { database: Database; objects: ObjectAccess; ownAddresses: OwnAddresses }) {
  const { database, objects, ownAddresses } = deps

  /** The event at the path, for somebody who sees it there. */
  async function seen(actor: Actor, place: ObjectPlace): Promise<OpenObject | undefined> {
    const open = await objects.locate(actor, place)
    return open && objects.load(open, place.name)
  }

  /** The copy of an event that lies in a calendar of the person's own. */
  async function ownCopy(actor: Pick<Actor, 'personId'>, uid: string): Promise<OpenObject | undefined> {
    for (const row of await objectStore.findByUid(database, actor.personId, uid)) {
      if (row.access !== 'owner') continue
      const open = await objects.calendarOf(actor, row.calendar)
      return objects.load(open, row.name)
    }
    return undefined
  }

  /**
   * The organizer's event at a path that the person does not see: looked at in the organizer's name, to find out which
   * event is meant and of which version. Nothing of it is shown to anybody.
   */
  async function ofOrganizer(place: ObjectPlace): Promise<OpenObject | undefined> {
    const organizerId = await calendarStore.ownerOf(database, place.uid)
    if (!organizerId) return undefined
    const open = await objects.locate({ personId: organizerId }, place)
    return open && objects.load(open, place.name).catch(unlessMissing)
  }

  /** Which of one's own events is meant by the path of somebody else's, and by which versions it may be named. */
  async function meant(actor: Actor, place: ObjectPlace): Promise<{ copy: OpenObject; etags: string[] }> {
    const theirs = await ofOrganizer(place)
    const own = await ownAddresses.of(actor)
    const isInvited = theirs && own.some((email) => answersOf(theirs.object, email).length > 0)
    if (theirs && !isInvited) throw noSuchEvent()
    const copy = await ownCopy(actor, theirs?.object.uid ?? place.name.replace(/\.ics$/i, ''))
    if (!copy) throw noSuchEvent()
    return { copy, etags: theirs ? [theirs.stored.etag] : [] }
  }

  return {
    seen,
    ownCopy,
    meant,

    /** One's own copy of what lies at a path, and by which versions it may be named. @throws AppError `not_found` */
    async at(actor: Actor, place: ObjectPlace): Promise<{ copy: OpenObject; etags: string[] }> {
      const opened = await seen(actor, place)
      if (!opened) return meant(actor, place)
      if (opened.calendar.access === 'owner') return { copy: opened, etags: [] }
      const copy = await ownCopy(actor, opened.object.uid)
      if (!copy) throw noSuchEvent()
      return { copy, etags: [opened.stored.etag] }
    },
  }
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof AppError && error.kind === 'not_found')) throw error
}
