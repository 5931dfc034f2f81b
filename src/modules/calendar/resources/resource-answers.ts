import type { CalendarObject } from '../ical/calendar-object.ts'
import { allOf, type Property, setProperty, withParams } from '../ical/content-lines.ts'
import { addressOf, reasonParam } from '../ical/event-fields.ts'
import { sameAddress } from '../ical/event-writing.ts'
import { componentsOf } from '../invitations/itip.ts'
import type { ResourceRow } from './resource-store.ts'

export type Verdict = {
  resource: ResourceRow
  /** The organizer may book it: else nothing of it is told. */
  isAllowed: boolean
  isAccepted: boolean
  /** Occurrences that it declines where it accepts the rest, by their keys. */
  declined: ReadonlySet<string>
  /** Why it declines all of it. */
  reason: Reason | undefined
}

/** For whoever may book it: it is taken, the event is beyond its window, or takes place too often. */
export type Reason = 'taken' | 'too_far' | 'too_often'

/** Writes down what a resource answers, wherever it is invited. @returns whether the object says something else then. */
export function writeVerdict(object: CalendarObject, verdict: Verdict): boolean {
  let isChanged = false
  const keys = new Map(object.overrides.map(({ key, component }) => [component, key]))
  for (const event of componentsOf(object)) {
    const isAccepted = verdict.isAccepted && !verdict.declined.has(keys.get(event) ?? '')
    const reason = verdict.isAccepted ? (isAccepted ? undefined : ('taken' as const)) : verdict.reason
    const before = allOf(event, 'ATTENDEE')
    const after = before.map((one) =>
      sameAddress(addressOf(one), verdict.resource.email) ? answered(one, { ...verdict, isAccepted, reason }) : one,
    )
    if (after.every((one, at) => one === before[at])) continue
    setProperty(event, 'ATTENDEE', ...after)
    isChanged = true
  }
  return isChanged
}

/** The server has nobody to tell (RFC 6638 §7.1), and it was told already (§7.3). */
function answered(attendee: Property, { resource, isAllowed, isAccepted, reason }: Verdict): Property {
  const said = {
    PARTSTAT: isAccepted ? 'ACCEPTED' : 'DECLINED',
    CUTYPE: resource.kind === 'room' ? 'ROOM' : 'RESOURCE',
    'SCHEDULE-AGENT': 'CLIENT',
    RSVP: undefined,
    [reasonParam]: reason?.toUpperCase().replaceAll('_', '-'),
    CN: attendee.params.CN?.[0] ?? (isAllowed ? resource.name : undefined),
  }
  const isSaid = Object.entries(said).every(([name, value]) => attendee.params[name]?.[0] === value)
  return isSaid ? attendee : withParams(attendee, { ...said, 'SCHEDULE-STATUS': '2.0' })
}
