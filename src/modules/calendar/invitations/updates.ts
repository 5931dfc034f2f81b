import type { CalendarObject } from '../ical/calendar-object.ts'
import { allOf, type Component, setProperty, textOf, withParams } from '../ical/content-lines.ts'
import { addressOf, sequenceOf } from '../ical/event-fields.ts'
import { isOutdated, overrideAt, partsOf, stampedAt } from './itip.ts'

/**
 * Takes an invitation to an event that somebody has already (RFC 5546 §2.1.5, §3.2.2): the whole of it, or some of its
 * occurrences, which leave the others as they are. What is their own stays: their reminders, and their answer while it is
 * still one to this revision. `own` are their addresses, in lower case.
 * @returns whether anything of it was news
 */
export function takeUpdate(object: CalendarObject, sent: CalendarObject, own: readonly string[]): boolean {
  const parts = partsOf(sent).map(({ key, component }) => {
    const known = key === '' ? object.master : overrideAt(object, key)
    const isNews = known ? isNewer(component, known) : !object.master || !isOutdated(component, object.master)
    return { key, known, isNews, event: withOwn(component, known ?? object.master, own) }
  })
  const whole = parts.find(({ key }) => key === '')
  // An old one of the whole says nothing of its occurrences either, a new one everything.
  const taken = whole ? (whole.isNews ? parts : []) : parts.filter(({ isNews }) => isNews)
  if (taken.length === 0) return false
  const replaced = whole ? partsOf(object).map(({ component }) => component) : taken.map(({ known }) => known)
  const kept = object.calendar.components.filter((one) => !replaced.includes(one))
  const zones = new Set(kept.filter(isZone).map((one) => textOf(one, 'TZID')))
  const added = sent.calendar.components.filter((one) => isZone(one) && !zones.has(textOf(one, 'TZID')))
  object.calendar.components = [...added, ...kept, ...taken.map(({ event }) => event)]
  return true
}

const isZone = ({ name }: Component): boolean => name === 'VTIMEZONE'

/** Of the same revision the later one; one that does not say when it was made is not. */
function isNewer(sent: Component, known: Component): boolean {
  const [one, other] = [sequenceOf(sent), sequenceOf(known)]
  return one > other || (one === other && (stampedAt(sent) ?? 0) > (stampedAt(known) ?? 0))
}

function withOwn(sent: Component, known: Component | undefined, own: readonly string[]): Component {
  if (!known) return sent
  const alarms = known.components.filter(({ name }) => name === 'VALARM')
  const others = sent.components.filter(({ name }) => name !== 'VALARM')
  const event = { ...sent, components: [...others, ...alarms] }
  if (sequenceOf(sent) > sequenceOf(known)) return event
  const answers = new Map(
    allOf(known, 'ATTENDEE').map((one) => [addressOf(one).toLowerCase(), one.params.PARTSTAT?.[0]]),
  )
  const attendees = allOf(sent, 'ATTENDEE').map((one) => {
    const email = addressOf(one).toLowerCase()
    const answer = own.includes(email) ? answers.get(email) : undefined
    return answer ? withParams(one, { PARTSTAT: answer, ...(answer !== 'NEEDS-ACTION' && { RSVP: undefined }) }) : one
  })
  setProperty(event, 'ATTENDEE', ...attendees)
  return event
}
