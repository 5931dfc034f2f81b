import { childOf, childrenOf, type Xml, type XmlElement, xml } from '../../../src/integrations/dav/xml.ts'
import { type CollectionKind, hasUid } from '../collections/collection-kind.ts'
import { createCollectionResources } from '../collections/collection-resources.ts'
import type { CollectionStore, Seen } from '../collections/collection-store.ts'
import { badRequest, DavError, type Exchange, notFound } from '../dav-exchange.ts'
import { type Resource, resourceType, sendMultistatus, wantedOf } from '../multistatus.ts'
import type { People } from '../people.ts'
import { createFreeBusy, occurrencesOf } from './free-busy.ts'
import { uidOf } from './icalendar.ts'
import { createScheduling } from './scheduling.ts'
import { shared } from './shared-events.ts'

const components = 'cal:supported-calendar-component-set'
const folders: Readonly<Record<string, string>> = { inbox: 'cal:schedule-inbox', outbox: 'cal:schedule-outbox' }

/** Calendars, RFC 4791. */
export function createCalendarKind({ store, people }: { store: CollectionStore; people: People }): CollectionKind {
  const scheduling = createScheduling({ store, people })
  const freeBusy = createFreeBusy({ store, people })
  const kind: CollectionKind = {
    home: (uid) => ['calendars', uid],
    maker: 'MKCALENDAR',
    type: 'cal:calendar',
    multiget: 'cal:calendar-multiget',
    contentProperty: 'cal:calendar-data',
    contentType: 'text/calendar; charset=utf-8; component=vevent',
    hasTrash: true,
    shared,
    properties: (_exchange, { collection }) => ({
      [components]: () => componentSet(collection.properties[components] ?? 'VEVENT,VTODO'),
    }),
    textOf: (element) =>
      element.name === components
        ? childrenOf(element, 'cal:comp')
            .map(({ attributes }) => attributes.name ?? '')
            .join(',')
        : element.text,
    write(writing, content) {
      const { seen, name } = writing
      const uid = uidOf(content)
      if (uid === undefined) throw badRequest('Every component must have a UID property')
      if (hasUid(seen.collection, uid, { except: name, uidOf })) {
        throw badRequest('Calendar object with uid already exists in this calendar collection.')
      }
      return scheduling.write(writing, content)
    },
    remove: scheduling.remove,
    others: (_exchange, uid): Resource[] => [
      ...Object.entries(folders).map(([name, type]) => ({
        ...{ names: ['calendars', uid, name], isCollection: true },
        properties: { 'd:resourcetype': () => resourceType('d:collection', type) },
      })),
      {
        ...{ names: ['calendars', uid, 'trashbin'], isCollection: true },
        properties: { 'd:resourcetype': () => resourceType('d:collection') },
      },
    ],
    async serveOther(exchange, [name, ...rest]) {
      if (name !== 'outbox' || rest.length > 0 || exchange.method !== 'POST') return false
      await freeBusy.serve(exchange)
      return true
    },
    reports: {
      'cal:calendar-query': (exchange, document, seen) => query({ store, kind }, { exchange, document, seen }),
    },
  }
  return kind
}

const componentSet = (names: string): Xml => ({
  xml: names
    .split(',')
    .map((name) => xml('cal:comp', { name }).xml)
    .join(''),
})

/** RFC 4791 §7.8, as far as calendars are asked for what takes place in a time. */
function query(
  { store, kind }: { store: CollectionStore; kind: CollectionKind },
  { exchange, document, seen }: { exchange: Exchange; document: XmlElement; seen: Seen | undefined },
): void {
  if (!seen) throw notFound('The calendar')
  const range = timeRangeOf(childOf(document, 'cal:filter'))
  // Without a depth of 1 the calendar alone is asked, which is no event.
  const isDeep = exchange.request.headers.depth === '1'
  const { objectResource, shownIn } = createCollectionResources(store, kind)
  const found = isDeep
    ? shownIn(seen).filter(({ content }) => !range || occurrencesOf(content, range.from, range.to).length > 0)
    : []
  sendMultistatus(
    exchange,
    found.map((object) => objectResource(seen, object)),
    { wanted: wantedOf(document) },
  )
}

/** A time that is none is a defect to Nextcloud. */
function timeRangeOf(element: XmlElement | undefined): { from: number; to: number } | undefined {
  if (!element) return undefined
  if (element.name !== 'cal:time-range') {
    return element.children.map(timeRangeOf).find((one) => one !== undefined)
  }
  const read = (text: string | undefined, fallback: number): number => {
    if (text === undefined) return fallback
    const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
    if (parts.length === 0) throw new DavError(500, 'OCA\\DAV\\Connector\\Sabre\\Exception\\InternalServerError')
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number)
    return Date.UTC(year, month - 1, day, hour, minute, second)
  }
  return { from: read(element.attributes.start, -8e15), to: read(element.attributes.end, 8e15) }
}
