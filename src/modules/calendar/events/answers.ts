import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { isAmong, type OwnAddresses } from '../calendars/own-addresses.ts'
import { noSuchEvent } from '../errors.ts'
import type { CalendarObject } from '../ical/calendar-object.ts'
import { allOf, type Component, firstOf, setProperty, withParams } from '../ical/content-lines.ts'
import { addressOf } from '../ical/event-fields.ts'
import { sameAddress, stamp } from '../ical/event-writing.ts'
import { addOverride, keyOf } from '../ical/series-edits.ts'
import { placeOf } from './event-path.ts'
import type { ObjectAccess, OpenObject, Written } from './object-access.ts'
import { createOwnCopies } from './own-copies.ts'

export type Answer = {
  email: string
  response: 'accepted' | 'declined' | 'tentative'
  ifMatch: string | undefined
  /** Of one occurrence only. */
  recurrenceId?: string | undefined
}

export type Answers = ReturnType<typeof createAnswers>

/**
 * Answers to invitations. One answers for oneself, on one's own copy of the event; the organizer may write down anybody's
 * answer, which is audited. The server would let others do that too, so it is decided here.
 */
export function createAnswers(deps: {
  database: Database
  objects: ObjectAccess
  ownAddresses: OwnAddresses
  now: () => number
}) {
  const { objects, ownAddresses, now } = deps
  const { seen, ownCopy, meant } = createOwnCopies(deps)

  async function answerOwn(actor: Actor, target: { copy: OpenObject; etags: readonly string[] }, answer: Answer) {
    const { copy, etags } = target
    requireAttendee(copy.object, answer)
    if (!isAmong(await ownAddresses.of(actor), answer.email)) throw notYours()
    if (![copy.stored.etag, ...etags].some((etag) => isMatch(answer.ifMatch, etag))) throw etagMismatch()
    return objects.change(copy, answer.ifMatch && copy.stored.etag, (object) => {
      writeAnswer(object, answer, now())
      return undefined
    })
  }

  function answerForAnother(actor: Actor, opened: OpenObject, answer: Answer, origin: RequestOrigin) {
    objects.requireWritable(opened)
    return objects.change(opened, answer.ifMatch, (object) => {
      writeAnswer(object, answer, now())
      return (tx) =>
        audit.record(tx, {
          ...{ ownerId: actor.personId, actorId: actor.personId, origin, outcome: 'success' as const },
          ...{ action: 'calendar.answer_recorded', target: object.uid },
          details: { attendee: answer.email, response: answer.response },
        })
    })
  }

  return {
    /**
     * @returns the ETag of the copy that was written.
     * @throws AppError `attendee_not_found`, `auth.forbidden`, `etag_mismatch`, `not_found`
     */
    async answer(actor: Actor, address: string, answer: Answer, origin: RequestOrigin): Promise<Written> {
      const place = placeOf(address)
      const opened = await seen(actor, place)
      if (!opened) return answerOwn(actor, await meant(actor, place), answer)
      requireAttendee(opened.object, answer)
      const own = await ownAddresses.of(actor)
      if (!isAmong(own, answer.email)) {
        if (!isOrganizerOf(own, opened.object)) throw notYours()
        return answerForAnother(actor, opened, answer, origin)
      }
      if (opened.calendar.access === 'owner') return answerOwn(actor, { copy: opened, etags: [] }, answer)
      const copy = await ownCopy(actor, opened.object.uid)
      if (copy) return answerOwn(actor, { copy, etags: [opened.stored.etag] }, answer)
      objects.requireWritable(opened)
      return answerOwn(actor, { copy: opened, etags: [] }, answer)
    },
  }
}

const componentsOf = ({ master, overrides }: CalendarObject): Component[] => [
  ...(master ? [master] : []),
  ...overrides.map(({ component }) => component),
]

const attendee = (event: Component, email: string) =>
  allOf(event, 'ATTENDEE').find((one) => sameAddress(addressOf(one), email))

function requireAttendee(object: CalendarObject, { email }: Answer): void {
  if (!componentsOf(object).some((one) => attendee(one, email))) throw attendeeNotFound()
}

const isOrganizerOf = (own: readonly string[], object: CalendarObject): boolean =>
  componentsOf(object).some((one) => {
    const organizer = firstOf(one, 'ORGANIZER')
    return organizer !== undefined && isAmong(own, addressOf(organizer))
  })

/** For the series and all of its changed occurrences, or for one. */
function writeAnswer(object: CalendarObject, answer: Answer, now: number): void {
  const written = (
    answer.recurrenceId === undefined ? componentsOf(object) : [occurrence(object, answer.recurrenceId)]
  ).filter((one) => attendee(one, answer.email))
  if (written.length === 0) throw attendeeNotFound()
  for (const event of written) {
    const attendees = allOf(event, 'ATTENDEE').map((one) =>
      sameAddress(addressOf(one), answer.email)
        ? withParams(one, { PARTSTAT: answer.response.toUpperCase(), RSVP: undefined })
        : one,
    )
    setProperty(event, 'ATTENDEE', ...attendees)
    stamp(event, { now, isSignificant: false })
  }
}

function occurrence(object: CalendarObject, recurrenceId: string): Component {
  const key = keyOf(object, recurrenceId) ?? ''
  const known = object.overrides.find((one) => one.key === key)?.component ?? addOverride(object, key)
  if (!known) throw noSuchEvent()
  return known
}

const attendeeNotFound = () =>
  new AppError('not_found', 'attendee_not_found', 'Nobody of this address is invited to the event.')

const notYours = () =>
  new AppError(
    'forbidden',
    'auth.forbidden',
    'You answer for yourself alone; the organizer may write down the answers of others.',
  )
