import { lengthOf } from '../ical/calendar-object.ts'
import type { Alarm, EventFields } from '../ical/event-fields.ts'
import { dayMs, parseBasic } from '../ical/ical-time.ts'
import { expand, type Recurrence } from '../ical/recurrence.ts'

export type Reminder = { dueAt: number; occurrence: string; startsAt: number; byMail: boolean }

type Remembered = {
  startsAt: number
  endsAt: number
  recurrence: Recurrence | null
  fields: Pick<EventFields, 'alarms' | 'status'>
}

/** Alarms are set for some days ahead at most, by those who mean them. */
const maxLeadMs = 60 * dayMs
const maxOccurrences = 500

/** The first alarm of an event that goes off after a moment. RFC 5545 §3.8.6.3. */
export function nextReminder(
  { startsAt, endsAt, recurrence, fields }: Remembered,
  after: number,
): Reminder | undefined {
  if (fields.alarms.length === 0 || fields.status === 'CANCELLED') return undefined
  const of = (key: string, start: number, end: number) =>
    fields.alarms.flatMap((alarm): Reminder[] => {
      const dueAt = momentOf(alarm, start, end)
      const isToCome = dueAt !== undefined && dueAt > after
      return isToCome ? [{ dueAt, occurrence: key, startsAt: start, byMail: alarm.action === 'EMAIL' }] : []
    })
  if (!recurrence) return earliest(of('', startsAt, endsAt))
  let best: Reminder | undefined
  const range = { from: after - dayMs, to: after + 400 * dayMs }
  for (const one of expand(recurrence, range).take(maxOccurrences)) {
    if (best && one.startsAt > best.dueAt + maxLeadMs) break
    best = earliest([...(best ? [best] : []), ...of(one.key, one.startsAt, one.endsAt)])
  }
  return best
}

const earliest = (reminders: readonly Reminder[]): Reminder | undefined =>
  reminders.toSorted((a, b) => a.dueAt - b.dueAt)[0]

function momentOf({ trigger, related }: Alarm, start: number, end: number): number | undefined {
  const moment = parseBasic(trigger)
  if (moment) return moment.wall
  const length = lengthOf(trigger.replace(/^[+-]/, ''))
  if (!length) return undefined
  return (related === 'end' ? end : start) + (trigger.startsWith('-') ? -length.ms : length.ms)
}
