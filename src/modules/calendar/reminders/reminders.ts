import type { Database, Transact, Tx } from '#platform/database/database.ts'
import type { Events, NewEvent } from '#platform/events/events.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import { idOfCalendar } from '../calendars/calendar-id.ts'
import { personStore } from '../calendars/person-store.ts'
import { pathOf } from '../events/event-path.ts'
import type { CalendarNotice } from '../events.ts'
import type { CalendarMail } from '../invitations/invitation-mail.ts'
import { nextReminder } from './next-reminder.ts'
import { type DueReminder, type NewReminder, reminderStore } from './reminder-store.ts'

/** What was due while nobody worked is not told of that much later. */
const maxLateMs = 3_600_000
const perOwner = 100

/** Tells of alarms as their time comes: by an event, and by mail where the alarm asks for that. */
export function createReminders(deps: {
  database: Database
  transact: Transact
  events: Events
  mail: () => CalendarMail
  now: () => number
}): Sweep {
  const { database, transact, events, now } = deps

  async function mailTo(tx: Tx, due: DueReminder): Promise<NewEvent[]> {
    const own = await personStore.emailOf(tx, due.owner_id)
    const { senderOf, sending } = deps.mail()
    const sender = own && (await senderOf(tx, due.owner_id, own))
    if (!own || !sender) return []
    const { summary, location } = due.fields
    const when = `${due.starts_at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
    const { events: mailed } = await sending.send(tx, {
      ...{ ownerId: due.owner_id, kind: 'automatic_reply', envelopeFrom: '' },
      composition: {
        ...{ mailAccountId: sender.mailAccountId, from: sender.from, to: [{ name: '', email: own }] },
        ...{ replyTo: [], cc: [], bcc: [], attachments: [], parts: [], references: [] },
        subject: `Reminder: ${summary || 'Event'}`,
        text: [summary || 'Event', when, location].filter(Boolean).join('\n'),
        headers: { 'Auto-Submitted': 'auto-generated' },
      },
    })
    return mailed
  }

  const noticeOf = (due: DueReminder): CalendarNotice => ({
    type: 'calendar.reminder_due',
    data: {
      ...{ calendar_id: idOfCalendar(due.calendar), uid: due.uid, summary: due.fields.summary },
      path: pathOf({ uid: due.home, calendar: due.calendar, name: due.name }),
      ...{ recurrence_id: due.occurrence || due.key || null, starts_at: due.starts_at.toISOString() },
    },
  })

  const tell = (ownerId: string): Promise<void> =>
    transact(async (tx) => {
      const taken = await reminderStore.take(tx, ownerId, perOwner)
      const next = taken.flatMap((due): NewReminder[] => following(due))
      await reminderStore.set(tx, ownerId, next)
      const fresh = taken.filter(({ due_at }) => now() - due_at.getTime() < maxLateMs)
      const mailed: NewEvent[] = []
      for (const due of fresh) if (due.by_mail) mailed.push(...(await mailTo(tx, due)))
      await events.append(tx, ownerId, [...fresh.map(noticeOf), ...mailed])
    })

  return {
    name: 'calendar.reminders',
    everySeconds: 15,
    async run() {
      for (const ownerId of await reminderStore.due(database)) await tell(ownerId)
    },
  }
}

/** The one after a reminder whose time has come. */
function following(due: DueReminder): NewReminder[] {
  const { event_starts_at: start, event_ends_at: end, recurrence, fields } = due
  const event = { startsAt: start.getTime(), endsAt: end.getTime(), recurrence, fields }
  const next = nextReminder(event, due.due_at.getTime())
  return next ? [{ ...next, objectId: due.object_id, key: due.key }] : []
}
