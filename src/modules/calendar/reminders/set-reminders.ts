import type { Tx } from '#platform/database/database.ts'
import { personStore } from '../calendars/person-store.ts'
import { ianaZone, utc, type Zone } from '../ical/zones.ts'
import { nextReminder, type Remembered, type Reminder } from './next-reminder.ts'
import { type NewReminder, reminderStore } from './reminder-store.ts'

/** Writes down when the next alarm of each of these events goes off, just stored. */
export async function setReminders(
  tx: Tx,
  ownerId: string,
  events: readonly { id: string; event: Remembered & { key: string } }[],
): Promise<void> {
  const alarming = events.filter(({ event }) => event.fields.alarms.length > 0)
  if (alarming.length === 0) return
  const zone = zoneOf(await personStore.readerOf(tx, ownerId))
  const reminders = alarming.flatMap(({ id, event }) => {
    const next = nextReminder(event, Date.now(), zone)
    return next ? [{ ...onClock(next, zone), objectId: id, key: event.key }] : []
  })
  await reminderStore.set(tx, ownerId, reminders)
}

/** The clock of somebody who is reminded; UTC's where they chose none. */
export const zoneOf = ({ timeZone }: { timeZone: string | null }): Zone => ianaZone(timeZone ?? 'UTC') ?? utc

/** As it is stored. */
export const onClock = (reminder: Reminder, zone: Zone): Omit<NewReminder, 'objectId' | 'key'> =>
  reminder.isFloating
    ? { ...reminder, dueAt: zone.wallOf(reminder.dueAt), startsAt: zone.wallOf(reminder.startsAt) }
    : reminder
