import type { Database } from '#platform/database/database.ts'
import { type ObjectAccess, type OpenObject, untouched } from '../events/object-access.ts'
import type { CalendarObject } from '../ical/calendar-object.ts'
import { allOf, type Component, type Property, setProperty, withParams } from '../ical/content-lines.ts'
import { addressOf } from '../ical/event-fields.ts'
import { sameAddress, stamp } from '../ical/event-writing.ts'
import { addOverride } from '../ical/series-edits.ts'
import { answererOf, answerStore } from './answer-store.ts'
import { eventAt, isOutdated, overrideAt, partsOf, requireAttendee, stampedAt } from './itip.ts'

/** The answers of people elsewhere to an invitation, which mail brings in any order (RFC 5546 §2.1.5). */
export function createReplies(deps: { database: Database; objects: ObjectAccess; now: () => number }) {
  const { database, objects, now } = deps

  /** @returns whether anything of it was news: it is none to an earlier revision, nor one from before the last answer. */
  return async (copy: OpenObject, sent: CalendarObject): Promise<boolean> => {
    let isNews = false
    await objects.change(copy, undefined, async (object) => {
      const answered = await answerStore.times(database, copy.ownerId, copy.place)
      const taken = partsOf(sent).flatMap(({ key, component }) => {
        const [answer] = allOf(component, 'ATTENDEE')
        const invited = eventAt(object, key)
        if (!answer || !invited) return []
        const email = addressOf(answer)
        requireAttendee(invited, email)
        const at = Math.min(stampedAt(component) ?? now(), now())
        const last = answered.get(answererOf({ key, email })) ?? Number.NEGATIVE_INFINITY
        if (isOutdated(component, invited) || wholeSeconds(at) < wholeSeconds(last)) return []
        const target = key === '' ? invited : (overrideAt(object, key) ?? addOverride(object, key))
        if (!target) return []
        writeAnswer(target, answer)
        stamp(target, { now: now(), isSignificant: false })
        return [{ key, email, at }]
      })
      isNews = taken.length > 0
      return isNews ? (tx) => answerStore.set(tx, copy.ownerId, copy.place, taken) : untouched
    })
    return isNews
  }
}

/** Stamps of iCalendar are no finer. */
const wholeSeconds = (at: number): number => Math.floor(at / 1000)

function writeAnswer(event: Component, answer: Property): void {
  const attendees = allOf(event, 'ATTENDEE').map((one) =>
    sameAddress(addressOf(one), addressOf(answer))
      ? withParams(one, { PARTSTAT: answer.params.PARTSTAT?.[0], RSVP: undefined })
      : one,
  )
  setProperty(event, 'ATTENDEE', ...attendees)
}
