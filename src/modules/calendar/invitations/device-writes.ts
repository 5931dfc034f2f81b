import type { Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { ObjectPlace } from '../events/event-path.ts'
import { type ObjectAccess, readable } from '../events/object-access.ts'
import { tellEach } from '../events.ts'
import type { CalendarObject } from '../ical/calendar-object.ts'
import { eventsOf } from '../ical/event-fields.ts'
import type { InvitationMail } from './invitation-mail.ts'

/** Runs once the write has been done. */
type AfterWrite = () => Promise<void>

/**
 * Tells people elsewhere of what phones and programs write into calendars through ultid, as it does of what is written by its
 * API (RFC 6638 §3.2): the server tells those here alone. Nothing of it keeps a device from writing.
 * @returns for a path below DAV's root, before the write: what is to be done after it; undefined where that is nothing.
 */
export function createDeviceWrites(deps: {
  objects: ObjectAccess
  transact: Transact
  events: Events
  invitationMail: InvitationMail
  log: Logger
}) {
  const { objects, transact, events, invitationMail, log } = deps

  async function look(personId: string, place: ObjectPlace) {
    const open = await objects.locate({ personId }, place)
    const stored = await open?.server.get(open.calendar.name, place.name)
    const object: CalendarObject | undefined = readable(stored?.content)
    return open && { open, object }
  }

  const failed = (error: unknown): undefined => {
    log.warn({ err: error }, 'people elsewhere may not have been told of what a device wrote into a calendar')
    return undefined
  }

  async function tell(personId: string, place: ObjectPlace, before: CalendarObject | undefined): Promise<void> {
    const now = await look(personId, place)
    if (!now) return
    await transact(async (tx) => {
      const change = { before, after: now.object, isByProgram: true }
      const objects = [before, now.object].filter((one) => one !== undefined)
      await deps.objects.tellInvolved(tx, now.open, objects.flatMap(eventsOf))
      const { mailed } = await invitationMail.tell(tx, now.open, change)
      await tellEach(events, tx, mailed)
    })
  }

  return async ({ personId }: { personId: string }, path: string): Promise<AfterWrite | undefined> => {
    const [, mount, uid, calendar, name, ...rest] = path.split('/')
    if (mount !== 'calendars' || !uid || !calendar || !name || rest.length > 0) return undefined
    const place = { uid, calendar, name }
    const seen = await look(personId, place).catch(failed)
    return seen && (() => tell(personId, place, seen.object).catch(failed))
  }
}
