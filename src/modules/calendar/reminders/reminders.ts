import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Events, NewEvent } from '#platform/events/events.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import { idOfCalendar } from '../calendars/calendar-id.ts'
import { personStore } from '../calendars/person-store.ts'
import { pathOf } from '../events/event-path.ts'
import type { CalendarNotice } from '../events.ts'
import type { Zone } from '../ical/zones.ts'
import type { CalendarMail } from '../invitations/invitation-mail.ts'
import { nextReminder } from './next-reminder.ts'
import { type Reader, reminderMail } from './reminder-mail.ts'
import { type DueReminder, type NewReminder, reminderStore } from './reminder-store.ts'
import { onClock, zoneOf } from './set-reminders.ts'

/** What was due while nobody worked is not told of that much later. */
const maxLateMs = 3_600_000
const perOwner = 100

/** Tells of alarms as their time comes: by an event, and by mail where the alarm asks for that. */
export function createReminders(deps: {
  database: Database
  transact: Transact
  events: Events
  mail: () => CalendarMail
  log: Logger
  now: () => number
}): Sweep {
  const { database, transact, events, log, now } = deps

  async function mailTo(tx: Tx, due: DueReminder, reader: Reader): Promise<NewEvent[]> {
    const own = await personStore.emailOf(tx, due.owner_id)
    const { senderOf, sending } = deps.mail()
    const sender = own && (await senderOf(tx, due.owner_id, own))
    if (!own || !sender) return []
    const { events: mailed } = await sending.send(tx, {
      ...{ ownerId: sender.ownerId, kind: 'automatic_reply', envelopeFrom: '' },
      composition: {
        ...{ mailAccountId: sender.mailAccountId, from: sender.from, to: [{ name: '', email: own }] },
        ...{ replyTo: [], cc: [], bcc: [], attachments: [], parts: [], references: [] },
        ...reminderMail(remindedOf(due, zoneOf(reader)), reader),
        headers: { 'Auto-Submitted': 'auto-generated' },
      },
    })
    return mailed
  }

  /** What cannot be mailed is told by its event all the same. */
  function unmailed(person: string, error: unknown): NewEvent[] {
    if (!(error instanceof AppError)) throw error
    log.warn({ err: error, person }, 'a reminder was not mailed')
    return []
  }

  const noticeOf = (due: DueReminder, zone: Zone): CalendarNotice => ({
    type: 'calendar.reminder_due',
    data: {
      ...{ calendar_id: idOfCalendar(due.calendar), uid: due.uid, summary: due.fields.summary },
      path: pathOf({ uid: due.home, calendar: due.calendar, name: due.name }),
      ...{ recurrence_id: due.occurrence || due.key || null },
      starts_at: new Date(instantOf(due.starts_at, due, zone)).toISOString(),
    },
  })

  const tell = (ownerId: string): Promise<void> =>
    transact(async (tx) => {
      const reader = await personStore.readerOf(tx, ownerId)
      const zone = zoneOf(reader)
      const taken = await reminderStore.take(tx, ownerId, perOwner)
      const next = taken.flatMap((due): NewReminder[] => following(due, zone))
      await reminderStore.set(tx, ownerId, next)
      const fresh = taken.filter((due) => now() - instantOf(due.due_at, due, zone) < maxLateMs)
      const mailed: NewEvent[] = []
      for (const due of fresh) {
        if (due.by_mail) mailed.push(...(await mailTo(tx, due, reader).catch((error) => unmailed(ownerId, error))))
      }
      await events.append(tx, ownerId, [...fresh.map((due) => noticeOf(due, zone)), ...mailed])
    })

  return {
    name: 'calendar.reminders',
    everySeconds: 15,
    async run() {
      for (const person of await reminderStore.due(database)) {
        await tell(person).catch((error) =>
          log.warn({ err: error, person }, 'somebody was not reminded; tried again soon'),
        )
      }
    },
  }
}

/** What is kept as it is on the wall, on the clock of who is reminded. */
const instantOf = (time: Date, { is_floating: isFloating }: DueReminder, zone: Zone): number =>
  isFloating ? zone.instantOf(time.getTime()) : time.getTime()

function remindedOf(due: DueReminder, zone: Zone) {
  const isFloating = due.event_is_floating
  const start = due.starts_at.getTime()
  return {
    // The alarm of a moment is none of the wall, also where its event is.
    startsAt: isFloating && !due.is_floating ? zone.wallOf(start) : start,
    lengthMs: due.event_ends_at.getTime() - due.event_starts_at.getTime(),
    ...{ fields: due.fields, isFloating },
  }
}

/** The one after a reminder whose time has come. */
function following(due: DueReminder, zone: Zone): NewReminder[] {
  const { event_starts_at: start, event_ends_at: end, event_is_floating: isFloating, recurrence, fields } = due
  const event = { startsAt: start.getTime(), endsAt: end.getTime(), isFloating, recurrence, fields }
  const next = nextReminder(event, instantOf(due.due_at, due, zone), zone)
  return next ? [{ ...onClock(next, zone), objectId: due.object_id, key: due.key }] : []
}
