import { randomUUID } from 'node:crypto'
import type ICAL from 'ical.js'
import type { Writing } from '../collections/collection-kind.ts'
import type { CollectionStore, Seen } from '../collections/collection-store.ts'
import type { People, Person } from '../people.ts'
import { addressOf, attendeesOf, objectsOf, readCalendar, recurrenceIdOf, uidOf } from './icalendar.ts'

/** Implicit scheduling (RFC 6638) among the people of this Nextcloud; whoever is elsewhere is not mailed. */
export function createScheduling({ store, people }: { store: CollectionStore; people: People }) {
  const ownerOf = ({ collection }: Seen): Person | undefined => people.find(collection.owner)

  function copyOf(uid: string, person: Person) {
    for (const { collection, access } of store.homeOf(person.uid)) {
      if (access !== 'owner' || collection.isDeleted) continue
      const object = Object.values(collection.objects).find(({ content }) => uidOf(content) === uid)
      if (object) return { collection, object }
    }
    return undefined
  }

  /** An invitation lies at once in the calendar of whom it is for. */
  function deliver(calendar: ICAL.Component, to: Person): void {
    const address = to.email?.toLowerCase() ?? ''
    const copy = readCalendar(calendar.toString())
    for (const event of objectsOf(copy)) {
      if (!attendeesOf(event).some((one) => addressOf(one) === address)) copy.removeSubcomponent(event)
      for (const one of attendeesOf(event)) one.removeParameter('schedule-status')
    }
    if (objectsOf(copy).length === 0) return
    const uid = objectsOf(copy)[0]?.getFirstPropertyValue('uid')?.toString() ?? ''
    const known = copyOf(uid, to)
    const collection = known?.collection ?? store.homeOf(to.uid).find(({ access }) => access === 'owner')?.collection
    if (collection) store.put(collection, known?.object.name ?? `sabredav-${randomUUID()}.ics`, copy.toString())
  }

  function cancel(uid: string, person: Person): void {
    const known = copyOf(uid, person)
    if (!known) return
    const calendar = readCalendar(known.object.content)
    for (const event of objectsOf(calendar)) event.updatePropertyWithValue('status', 'CANCELLED')
    store.put(known.collection, known.object.name, calendar.toString())
  }

  /** RFC 6638 §7.1: others are told by whoever wrote the object. */
  const toldIn = (calendar: ICAL.Component): Set<string> =>
    new Set(
      objectsOf(calendar)
        .flatMap(attendeesOf)
        .filter((one) => one.getParameter('schedule-agent') !== 'CLIENT')
        .map(addressOf),
    )

  const invitedTo = (calendar: ICAL.Component): Set<string> =>
    new Set(objectsOf(calendar).flatMap((event) => attendeesOf(event).map(addressOf)))

  function byOrganizer(calendar: ICAL.Component, before: ICAL.Component | undefined, organizer: string): string {
    const invited = invitedTo(calendar)
    const told = toldIn(calendar)
    for (const address of invited) {
      const person = people.findByEmail(address)
      if (address === organizer || !told.has(address)) continue
      if (person) deliver(calendar, person)
      for (const event of objectsOf(calendar)) {
        for (const one of attendeesOf(event)) {
          if (addressOf(one) === address) one.setParameter('schedule-status', person ? '1.2' : '3.7')
        }
      }
    }
    const uid = objectsOf(calendar)[0]?.getFirstPropertyValue('uid')?.toString() ?? ''
    for (const address of before ? invitedTo(before) : []) {
      const person = invited.has(address) || address === organizer ? undefined : people.findByEmail(address)
      if (person) cancel(uid, person)
    }
    return calendar.toString()
  }

  /** What somebody answers in their own copy stands in the organizer's as well, occurrence by occurrence. */
  function byAttendee(calendar: ICAL.Component, attendee: string, organizer: Person): void {
    const uid = objectsOf(calendar)[0]?.getFirstPropertyValue('uid')?.toString() ?? ''
    const theirs = copyOf(uid, organizer)
    if (!theirs) return
    const target = readCalendar(theirs.object.content)
    for (const event of objectsOf(calendar)) {
      const answer = attendeesOf(event)
        .find((one) => addressOf(one) === attendee)
        ?.getParameter('partstat')
      const same = occurrenceIn(target, recurrenceIdOf(event))
      const entry = same && attendeesOf(same).find((one) => addressOf(one) === attendee)
      if (entry && typeof answer === 'string') {
        entry.setParameter('partstat', answer)
        entry.setParameter('schedule-status', '2.0')
      }
    }
    store.put(theirs.collection, theirs.object.name, target.toString())
  }

  return {
    /** @returns what is kept: with a status for each attendee. */
    write({ seen, before }: Writing, content: string): string {
      const owner = ownerOf(seen)
      const calendar = readCalendar(content)
      const [first] = objectsOf(calendar)
      const organizer = addressOf(first?.getFirstProperty('organizer') ?? null)
      const own = owner?.email?.toLowerCase()
      if (!owner || own === undefined || organizer === '') return content
      const earlier = before && readCalendar(before.content)
      if (organizer === own) return byOrganizer(calendar, earlier, organizer)
      const person = people.findByEmail(organizer)
      if (person && invitedTo(calendar).has(own)) byAttendee(calendar, own, person)
      return content
    },

    remove({ seen, before }: Writing): void {
      const own = ownerOf(seen)?.email?.toLowerCase()
      if (!before || own === undefined) return
      const calendar = readCalendar(before.content)
      const organizer = addressOf(objectsOf(calendar)[0]?.getFirstProperty('organizer') ?? null)
      const uid = uidOf(before.content) ?? ''
      if (organizer === own) {
        for (const address of invitedTo(calendar)) {
          const person = address === organizer ? undefined : people.findByEmail(address)
          if (person) cancel(uid, person)
        }
        return
      }
      for (const event of objectsOf(calendar)) {
        for (const one of attendeesOf(event)) if (addressOf(one) === own) one.setParameter('partstat', 'DECLINED')
      }
      const person = people.findByEmail(organizer)
      if (person) byAttendee(calendar, own, person)
    },
  }
}

/** The occurrence, made of its series where it was not changed before. */
function occurrenceIn(calendar: ICAL.Component, recurrenceId: string): ICAL.Component | undefined {
  return objectsOf(calendar).find((event) => recurrenceIdOf(event) === recurrenceId)
}
