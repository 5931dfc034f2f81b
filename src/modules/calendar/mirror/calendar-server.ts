import type { DavClient } from '#integrations/dav/dav-client.ts'
import { createDavCollections } from '#integrations/dav/dav-collections.ts'
import { type DavPath, davPath } from '#integrations/dav/dav-path.ts'
import { type DavResource, holds, textOf } from '#integrations/dav/multistatus.ts'
import { childOf, childrenOf, xml } from '#integrations/dav/xml.ts'
import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import { asked } from '../errors.ts'

export type Share = { uid: string; access: 'read' | 'read_write' }

/** A calendar as the server tells of it. */
export type ServerCalendar = {
  name: string
  displayName: string
  description: string
  color: string | null
  sortOrder: number
  isVisible: boolean
  access: 'owner' | 'read' | 'read_write'
  belongsTo: string
  shares: Share[]
  ctag: string | null
}
export type ServerObject = { name: string; etag: string; content: string }

const properties = [
  ...['d:resourcetype', 'd:displayname', 'cal:calendar-description', 'ical:calendar-color', 'ical:calendar-order'],
  ...['cal:supported-calendar-component-set', 'oc:calendar-enabled', 'oc:owner-principal', 'oc:read-only', 'oc:invite'],
  ...['cs:getctag', 'd:sync-token', 'ncc:deleted-calendar'],
]

/** One person's calendars on the server. */
export type CalendarServer = ReturnType<typeof createCalendarServer>

export const openCalendarServer = (nextcloud: Nextcloud, ownerId: string): Promise<CalendarServer> =>
  asked(async () => createCalendarServer(await nextcloud.as(ownerId)))

export function createCalendarServer({ uid, dav }: { uid: string; dav: DavClient }) {
  const collections = createDavCollections(dav)
  const at = (calendar: string, ...names: string[]): DavPath => davPath('calendars', uid, calendar, ...names)
  const folder = (calendar: string): DavPath => `${at(calendar)}/`
  const nameIn = (calendar: string, path: DavPath): string => path.slice(folder(calendar).length)
  const content = xml('cal:calendar-data')

  return {
    uid,
    dav,
    at,
    folder,
    collections,

    /** Every calendar for events, in one request: not the inbox, nor what lies in the trash. */
    list: (): Promise<ServerCalendar[]> =>
      asked(async () => {
        const found = await dav.propfind(davPath('calendars', uid), { depth: '1', props: properties })
        return found.filter(isShown).map((resource) => calendarOf(resource, uid))
      }),

    changes: (calendar: string, syncToken: string | undefined) =>
      asked(async () => {
        const told = await collections.changesSince(folder(calendar), syncToken)
        return {
          ...told,
          changed: told.changed.map(({ path, etag }) => ({ name: nameIn(calendar, path), etag })),
          removed: told.removed.map((path) => nameIn(calendar, path)),
        }
      }),

    /** Objects by their names, batch after batch; those that are not there are missing. */
    async *fetch(calendar: string, names: readonly string[]): AsyncGenerator<ServerObject[]> {
      const paths = names.map((name) => at(calendar, name))
      const batches = collections.multiget(folder(calendar), { report: 'cal:calendar-multiget', content, paths })
      for (;;) {
        const batch = await asked(() => batches.next())
        if (batch.done) return
        yield batch.value.flatMap((resource) => objectOf(resource, nameIn(calendar, resource.path)) ?? [])
      }
    },

    /** One object as it is now; undefined where there is none. */
    async get(calendar: string, name: string): Promise<ServerObject | undefined> {
      for await (const [object] of this.fetch(calendar, [name])) return object
      return undefined
    },

    /** @throws AppError `etag_mismatch` */
    put: (
      { calendar, name }: { calendar: string; name: string },
      text: string,
      condition: { ifMatch: string } | { ifNoneMatch: '*' },
    ): Promise<{ etag: string | undefined }> =>
      asked(() => dav.put(at(calendar, name), text, { contentType: 'text/calendar; charset=utf-8', ...condition })),

    /** @throws AppError `already_exists` */
    create: (calendar: string, wanted: CalendarChange & { displayName: string }): Promise<void> =>
      asked(() => collections.create(folder(calendar), { set: [componentsForEvents, ...propertiesOf(wanted)] })),

    change: (calendar: string, wanted: CalendarChange): Promise<void> =>
      asked(async () => {
        const set = propertiesOf(wanted)
        if (set.length > 0) await dav.proppatch(folder(calendar), { set })
      }),

    /** For good: what lies in the trash would keep its name from being used again. Of a shared one the share alone. */
    removeCalendar: (calendar: string): Promise<void> =>
      asked(() => dav.delete(folder(calendar), { headers: { 'x-nc-caldav-no-trashbin': '1' } })),

    share: (calendar: string, shares: readonly { uid: string; access: 'read' | 'read_write' | 'none' }[]) =>
      asked(() =>
        collections.share(
          folder(calendar),
          shares.map(({ uid: other, access }) => ({
            principal: `principal:principals/users/${encodeURIComponent(other)}`,
            access,
          })),
        ),
      ),

    /** @throws AppError `etag_mismatch` */
    remove: ({ calendar, name }: { calendar: string; name: string }, ifMatch?: string): Promise<void> =>
      asked(() => dav.delete(at(calendar, name), { ifMatch })),
  }
}

/** What may be said of a calendar. */
export type CalendarChange = {
  displayName?: string | undefined
  description?: string | undefined
  color?: string | undefined
  sortOrder?: number | undefined
  isVisible?: boolean | undefined
}

const componentsForEvents = xml('cal:supported-calendar-component-set', {}, xml('cal:comp', { name: 'VEVENT' }))

const propertiesOf = ({ displayName, description, color, sortOrder, isVisible }: CalendarChange) => [
  ...(displayName === undefined ? [] : [xml('d:displayname', {}, displayName)]),
  ...(description === undefined ? [] : [xml('cal:calendar-description', {}, description)]),
  ...(color === undefined ? [] : [xml('ical:calendar-color', {}, color)]),
  ...(sortOrder === undefined ? [] : [xml('ical:calendar-order', {}, String(sortOrder))]),
  ...(isVisible === undefined ? [] : [xml('oc:calendar-enabled', {}, isVisible ? '1' : '0')]),
]

const isShown = (resource: DavResource): boolean =>
  holds(resource, 'd:resourcetype', 'cal:calendar') &&
  !resource.props.has('ncc:deleted-calendar') &&
  takesEvents(resource)

function takesEvents({ props }: DavResource): boolean {
  const set = childrenOf(props.get('cal:supported-calendar-component-set'), 'cal:comp')
  return set.length === 0 || set.some(({ attributes }) => attributes.name === 'VEVENT')
}

function calendarOf(resource: DavResource, uid: string): ServerCalendar {
  const name = resource.path.split('/').filter(Boolean).at(-1) ?? ''
  const belongsTo = (textOf(resource, 'oc:owner-principal') ?? uid).split('/').at(-1) ?? uid
  const isReadOnly = ['1', 'true'].includes(textOf(resource, 'oc:read-only') ?? '')
  const order = Number(textOf(resource, 'ical:calendar-order') ?? 0)
  return {
    name,
    displayName: textOf(resource, 'd:displayname') ?? name,
    description: textOf(resource, 'cal:calendar-description') ?? '',
    color: textOf(resource, 'ical:calendar-color') ?? null,
    sortOrder: Number.isSafeInteger(order) && Math.abs(order) < 2 ** 31 ? order : 0,
    isVisible: textOf(resource, 'oc:calendar-enabled') !== '0',
    access: belongsTo === uid ? 'owner' : isReadOnly ? 'read' : 'read_write',
    belongsTo,
    shares: childrenOf(resource.props.get('oc:invite'), 'oc:user').flatMap((user) => {
      const shared = childOf(user, 'd:href')?.text.split('/').at(-1)
      const access = childOf(childOf(user, 'oc:access'), 'oc:read-write') ? ('read_write' as const) : ('read' as const)
      return shared ? [{ uid: decodeURIComponent(shared), access }] : []
    }),
    ctag: textOf(resource, 'cs:getctag') ?? textOf(resource, 'd:sync-token') ?? null,
  }
}

function objectOf(resource: DavResource, name: string): ServerObject | undefined {
  const etag = textOf(resource, 'd:getetag')
  const content = resource.props.get('cal:calendar-data')?.text
  return etag && content !== undefined ? { name, etag, content } : undefined
}
