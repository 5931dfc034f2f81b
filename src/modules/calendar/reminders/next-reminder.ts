import { lengthOf } from '../ical/calendar-object.ts'
import type { Alarm, EventFields } from '../ical/event-fields.ts'
import { dayMs, parseBasic } from '../ical/ical-time.ts'
import { expand, type Recurrence } from '../ical/recurrence.ts'
import { ianaZone, utc, type Zone } from '../ical/zones.ts'

/** Times are instants. `isFloating`: it goes off when the reader's clock shows that time, in whatever zone they are by then. */
export type Reminder = { dueAt: number; occurrence: string; startsAt: number; isFloating: boolean; byMail: boolean }

/** Times of one that `isFloating` are as if in UTC. */
export type Remembered = {
  startsAt: number
  endsAt: number
  isFloating: boolean
  recurrence: Recurrence | null
  fields: Pick<EventFields, 'alarms' | 'status' | 'timezone'>
}

/** Alarms are set for some days ahead at most, by those who mean them. */
const maxLeadMs = 60 * dayMs
const maxOccurrences = 500

/** The first alarm of an event that goes off after a moment, on the reader's clock. RFC 5545 §3.8.6.3. */
export function nextReminder(event: Remembered, after: number, reader: Zone): Reminder | undefined {
  const { startsAt, endsAt, isFloating, recurrence, fields } = event
  if (fields.alarms.length === 0 || fields.status === 'CANCELLED') return undefined
  const clock = isFloating ? reader : (ianaZone(fields.timezone ?? 'UTC') ?? utc)
  const of = (key: string, start: number, end: number) =>
    fields.alarms.flatMap((alarm): Reminder[] => {
      const due = momentOf(alarm, { start, end }, clock)
      const isToCome = due !== undefined && due.at > after
      const isOnWall = isFloating && due?.isRelative === true
      const reminder = { occurrence: key, startsAt: start, isFloating: isOnWall, byMail: alarm.action === 'EMAIL' }
      return isToCome ? [{ dueAt: due.at, ...reminder }] : []
    })
  if (!recurrence) {
    const instant = (time: number) => (isFloating ? reader.instantOf(time) : time)
    return earliest(of('', instant(startsAt), instant(endsAt)))
  }
  for (const days of isRare(recurrence) ? [400, 100 * 366] : [400]) {
    let best: Reminder | undefined
    const range = { from: after - dayMs, to: after + days * dayMs, floating: reader }
    for (const one of expand(recurrence, range).take(maxOccurrences)) {
      if (best && one.startsAt > best.dueAt + maxLeadMs) break
      best = earliest([...(best ? [best] : []), ...of(one.key, one.startsAt, one.endsAt)])
    }
    if (best) return best
  }
  return undefined
}

/** It may be years to the next one, which are soon looked through. */
const isRare = ({ rules }: Recurrence): boolean => !rules.some((rule) => /FREQ=(SECOND|MINUTE|HOUR)LY/i.test(rule))

const earliest = (reminders: readonly Reminder[]): Reminder | undefined =>
  reminders.toSorted((a, b) => a.dueAt - b.dueAt)[0]

/** Whole days before an event are days on its clock (RFC 5545 §3.3.6). */
function momentOf(
  { trigger, related }: Alarm,
  { start, end }: { start: number; end: number },
  clock: Zone,
): { at: number; isRelative: boolean } | undefined {
  const moment = parseBasic(trigger)
  if (moment) return { at: moment.wall, isRelative: false }
  const length = lengthOf(trigger.replace(/^[+-]/, ''))
  if (!length) return undefined
  const [from, by] = [related === 'end' ? end : start, trigger.startsWith('-') ? -length.ms : length.ms]
  return { at: length.isNominal ? clock.instantOf(clock.wallOf(from) + by) : from + by, isRelative: true }
}
