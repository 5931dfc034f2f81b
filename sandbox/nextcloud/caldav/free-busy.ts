import ICAL from 'ical.js'
import { type Xml, xml, xmlDocument } from '../../../src/integrations/dav/xml.ts'
import type { CollectionStore } from '../collections/collection-store.ts'
import { badRequest, type Exchange, readBody } from '../dav-exchange.ts'
import { sendDocument } from '../multistatus.ts'
import type { People, Person } from '../people.ts'
import { addressOf, objectsOf, readCalendar, recurrenceIdOf } from './icalendar.ts'

type Period = { start: number; end: number }

/** When somebody is busy, by their own calendars: what is cancelled or transparent does not count. */
export function createFreeBusy({ store, people }: { store: CollectionStore; people: People }) {
  function busyOf(person: Person, from: number, to: number): Period[] {
    const own = store.homeOf(person.uid).filter(({ access, collection }) => access === 'owner' && !collection.isDeleted)
    const periods = own.flatMap(({ collection }) =>
      Object.values(collection.objects).flatMap(({ content }) => occurrencesOf(content, from, to, isBusy)),
    )
    return merged(periods.toSorted((a, b) => a.start - b.start))
  }

  return {
    /** RFC 6638 §5: one answer for each recipient. */
    async serve(exchange: Exchange): Promise<void> {
      const request = readRequest(await readBody(exchange))
      const answers = request.attendees.map((address) => {
        const person = people.findByEmail(address)
        const busy = person ? busyOf(person, request.from, request.to) : undefined
        return responseOf(address, busy, request)
      })
      sendDocument(exchange, 200, xmlDocument('cal:schedule-response', {}, ...answers))
    },
  }
}

function readRequest(text: string) {
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[])
  const request = calendar.getFirstSubcomponent('vfreebusy')
  const [start, end] = ['dtstart', 'dtend'].map((name) => request?.getFirstPropertyValue(name))
  if (!request || !(start instanceof ICAL.Time) || !(end instanceof ICAL.Time)) throw badRequest('No free/busy request')
  const attendees = request.getAllProperties('attendee').map(addressOf)
  const uid = String(request.getFirstPropertyValue('uid') ?? '')
  return { uid, attendees, from: start.toUnixTime() * 1000, to: end.toUnixTime() * 1000 }
}

function responseOf(address: string, busy: Period[] | undefined, request: ReturnType<typeof readRequest>): Xml {
  const status = busy ? '2.0;Success' : '3.7;Could not find principal'
  return xml(
    'cal:response',
    {},
    xml('cal:recipient', {}, xml('d:href', {}, `mailto:${address}`)),
    xml('cal:request-status', {}, status),
    ...(busy ? [xml('cal:calendar-data', {}, replyOf(address, busy, request))] : []),
  )
}

function replyOf(address: string, busy: readonly Period[], { uid, from, to }: ReturnType<typeof readRequest>): string {
  return [
    ...[
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Sabre//Sabre VObject 4.5.6//EN',
      'METHOD:REPLY',
      'BEGIN:VFREEBUSY',
    ],
    ...[`DTSTART:${basic(from)}`, `DTEND:${basic(to)}`, `DTSTAMP:${basic(Date.now())}`],
    ...busy.map(({ start, end }) => `FREEBUSY:${basic(Math.max(start, from))}/${basic(Math.min(end, to))}`),
    ...[`ATTENDEE:mailto:${address}`, `UID:${uid}`, 'END:VFREEBUSY', 'END:VCALENDAR', ''],
  ].join('\r\n')
}

const basic = (time: number): string => new Date(time).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')

const isBusy = (event: ICAL.Component): boolean =>
  event.getFirstPropertyValue('transp') !== 'TRANSPARENT' && event.getFirstPropertyValue('status') !== 'CANCELLED'

/** When the events of an object take place within a time. */
export function occurrencesOf(
  content: string,
  from: number,
  to: number,
  isWanted: (event: ICAL.Component) => boolean = () => true,
): Period[] {
  const calendar = readCalendar(content)
  const zones = new Map(
    calendar
      .getAllSubcomponents('vtimezone')
      .map((one) => [String(one.getFirstPropertyValue('tzid')), new ICAL.Timezone(one)]),
  )
  const events = objectsOf(calendar).filter((one) => one.name === 'vevent' && one.hasProperty('dtstart'))
  const master = events.find((event) => recurrenceIdOf(event) === '')
  const exceptions = events.filter((event) => event !== master)
  const read = master ? [new ICAL.Event(master, { exceptions })] : exceptions.map((one) => new ICAL.Event(one))
  return read.flatMap((event) => {
    for (const property of ['dtstart', 'dtend']) {
      const zone = zones.get(String(event.component.getFirstProperty(property)?.getParameter('tzid')))
      const time = event.component.getFirstPropertyValue(property)
      if (zone && time instanceof ICAL.Time) time.zone = zone
    }
    return [...periodsOf(event, to)]
      .filter(({ component, start, end }) => isWanted(component) && end > from && start < to)
      .map(({ start, end }) => ({ start, end }))
  })
}

function* periodsOf(event: ICAL.Event, to: number): Generator<Period & { component: ICAL.Component }> {
  const at = (time: ICAL.Time) => time.toUnixTime() * 1000
  if (!event.isRecurring()) {
    yield { start: at(event.startDate), end: at(event.endDate), component: event.component }
    return
  }
  const iterator = event.iterator()
  for (let next = iterator.next(); next; next = iterator.next()) {
    // Periods of RDATE are beyond the library.
    if (!(next instanceof ICAL.Time)) continue
    if (at(next) >= to) return
    const { item, startDate, endDate } = event.getOccurrenceDetails(next)
    yield { start: at(startDate), end: at(endDate), component: item.component }
  }
}

function merged(periods: readonly Period[]): Period[] {
  const result: Period[] = []
  for (const period of periods) {
    const last = result.at(-1)
    if (last && period.start <= last.end) last.end = Math.max(last.end, period.end)
    else result.push({ ...period })
  }
  return result
}
