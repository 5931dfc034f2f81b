import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import type { SearchIndex } from '#modules/search/index.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Logger } from '#platform/observability/log.ts'
import { idOfCalendar } from '../calendars/calendar-id.ts'
import { pathOf } from '../events/event-path.ts'
import { type CalendarNotice, tell } from '../events.ts'
import { dropOutdated } from '../invitations/proposal-times.ts'
import { bookingStore } from '../resources/booking-store.ts'
import { answerLater } from '../resources/changed-elsewhere.ts'
import { cachedObject } from './cached-object.ts'
import { type CalendarServer, openCalendarServer, type ServerCalendar } from './calendar-server.ts'
import { type CalendarRow, calendarStore } from './calendar-store.ts'
import { type NewObject, objectStore, type Written } from './object-store.ts'
import { searchDocumentOf, searchType } from './searchable.ts'

export type MirrorDeps = {
  nextcloud: Nextcloud
  database: Database
  transact: Transact
  events: Events
  log: Logger
  /** Where events are found. */
  searchIndex: SearchIndex
  /** Objects of an owner that were told to be gone, here or at the server. */
  onRemoved?: (ownerId: string, removed: readonly { uid: string; path: string }[]) => Promise<void>
}

/** How old what is read may be. One request to the server tells whether anything changed. */
const stalenessMs = 30_000
/** A server that was restored from its backup says that nothing changed: all ETags are compared once a day. */
const reconcileMs = 86_400_000
const maxTold = 100
const rowsAtOnce = 200
const maxAttempts = 3

/** Somebody's name at the server, and their calendars there. */
export type MirroredHome = { uid: string; calendars: readonly string[] }

export type Mirror = ReturnType<typeof createMirror>

/** Keeps the calendars of each owner here equal to those at the server. */
export function createMirror(deps: MirrorDeps) {
  const { database, transact, events, log } = deps
  const underway = new Map<string, Promise<void>>()

  async function compare(ownerId: string): Promise<void> {
    const startedAt = new Date()
    const server = await openCalendarServer(deps.nextcloud, ownerId)
    await calendarStore.saveHome(database, ownerId, server.uid)
    const listed = await server.list()
    const known = await transact((tx) => saveList(tx, ownerId, listed))
    const now = Date.now()
    for (const calendar of listed) {
      const row = known.get(calendar.name)
      const isOld = row?.reconciled_at === null || now - (row?.reconciled_at?.getTime() ?? 0) > reconcileMs
      if (!row || isOld || row.sync_token === null || calendar.ctag === null || row.ctag !== calendar.ctag) {
        await follow(ownerId, server, calendar, { isWhole: isOld })
      }
      if (row && isOld) await readAnew(ownerId, server.uid, row)
    }
    await calendarStore.markChecked(database, ownerId, startedAt)
  }

  async function saveList(tx: Tx, ownerId: string, listed: readonly ServerCalendar[]) {
    const notices: CalendarNotice[] = []
    for (const calendar of listed) {
      const what = await calendarStore.save(tx, ownerId, calendar)
      if (what) notices.push({ type: `calendar.calendar_${what}`, data: { calendar_id: idOfCalendar(calendar.name) } })
    }
    const names = listed.map(({ name }) => name)
    for (const name of await calendarStore.removeOthers(tx, ownerId, names)) {
      await deps.searchIndex.removeAll(tx, ownerId, searchType, idOfCalendar(name))
      notices.push({ type: 'calendar.calendar_deleted', data: { calendar_id: idOfCalendar(name) } })
    }
    const rows = await calendarStore.list(tx, ownerId)
    await tell(events, tx, ownerId, notices)
    return new Map(rows.map((row) => [row.name, row]))
  }

  /** Where the rules of zones changed, what is on the wall stays, and takes place at another moment than was kept. */
  async function readAnew(ownerId: string, uid: string, calendar: CalendarRow): Promise<void> {
    for (;;) {
      const count = await transact(async (tx) => {
        const objects = (await objectStore.readByOtherRules(tx, ownerId, calendar.name, rowsAtOnce)).map(cachedObject)
        await answerLater(tx, { ownerId, calendar }, objects)
        const written = await store(tx, { ownerId, uid, calendar }, objects)
        const notice: CalendarNotice = {
          type: 'calendar.calendar_changed',
          data: { calendar_id: idOfCalendar(calendar.name) },
        }
        if (written.length > 0) await tell(events, tx, ownerId, [notice])
        return written.length
      })
      if (count < rowsAtOnce) return
    }
  }

  /** Brings one calendar up to date; begun anew when something of ours was written meanwhile. */
  async function follow(
    ownerId: string,
    server: CalendarServer,
    calendar: ServerCalendar,
    options: { isWhole: boolean },
  ) {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const row = await calendarStore.find(database, ownerId, calendar.name)
      if (!row || (await takeOver(ownerId, server, { calendar, row, isWhole: options.isWhole }))) return
    }
    log.info({ ownerId, calendar: calendar.name }, 'a calendar is written to all the time; it is followed later')
  }

  async function takeOver(
    ownerId: string,
    server: CalendarServer,
    { calendar, row, isWhole }: { calendar: ServerCalendar; row: CalendarRow; isWhole: boolean },
  ): Promise<boolean> {
    const { name } = calendar
    const told = await server.changes(name, isWhole ? undefined : (row.sync_token ?? undefined))
    const known = await objectStore.etags(database, ownerId, name)
    const wanted = told.changed.filter(({ name: one, etag }) => etag === undefined || known.get(one) !== etag)
    // What is told as gone may be there again: only what is not answered is gone.
    const doubtful = [...wanted.map((one) => one.name), ...told.removed]
    const isFirst = row.sync_token === null
    const found = new Set<string>()
    const notices: CalendarNotice[] = []
    for await (const batch of server.fetch(name, doubtful)) {
      const objects = batch.map(cachedObject)
      const written = await ifUnwritten(ownerId, row, async (tx) => {
        await answerLater(tx, { ownerId, calendar: row }, objects)
        return store(tx, { ownerId, uid: server.uid, calendar: row }, objects)
      })
      if (!written) return false
      for (const one of batch) found.add(one.name)
      for (const one of written) notices.push(noticeOf(server.uid, name, one.isNew ? 'created' : 'updated', one))
    }
    const present = new Set([...found, ...told.changed.map((one) => one.name)])
    const gone = told.isWhole
      ? [...known.keys()].filter((one) => !present.has(one))
      : doubtful.filter((one) => !found.has(one))
    const removed = await ifUnwritten(ownerId, row, async (tx) => {
      const rows = await drop(tx, ownerId, name, gone)
      await calendarStore.markSynced(tx, ownerId, {
        name,
        syncToken: told.syncToken,
        ctag: calendar.ctag,
        isWhole: told.isWhole,
      })
      for (const one of rows) notices.push(noticeOf(server.uid, name, 'deleted', one))
      if (!isFirst) await tell(events, tx, ownerId, fewer(notices, name))
      return rows
    })
    if (!removed) return false
    await deps.onRemoved?.(
      ownerId,
      removed.map((one) => ({ uid: one.uid, path: pathOf({ uid: server.uid, calendar: name, name: one.name }) })),
    )
    return true
  }

  /** Objects, their events and what they are found by. */
  async function store(
    tx: Tx,
    { ownerId, uid, calendar }: { ownerId: string; uid: string; calendar: Pick<CalendarRow, 'name' | 'display_name'> },
    objects: readonly NewObject[],
  ): Promise<Written[]> {
    const written = await objectStore.save(tx, ownerId, calendar.name, objects)
    const byName = new Map(objects.map((object) => [object.name, object]))
    const stored = written.map(({ id, name }) => ({ id, events: byName.get(name)?.events ?? [] }))
    await dropOutdated(tx, ownerId, stored)
    const documents = written.flatMap((one) => {
      const object = byName.get(one.name)
      return (object && searchDocumentOf({ ownerId, uid, calendar }, one, object)) ?? []
    })
    await deps.searchIndex.put(tx, documents)
    return written
  }

  async function drop(tx: Tx, ownerId: string, calendar: string, names: readonly string[]) {
    await bookingStore.removeObjects(tx, ownerId, calendar, names)
    const removed = await objectStore.remove(tx, ownerId, calendar, names)
    await deps.searchIndex.remove(
      tx,
      ownerId,
      searchType,
      removed.map(({ id }) => id),
    )
    return removed
  }

  /** Undefined when something of ours was written since the row was read: what was fetched may be older than that. */
  const ifUnwritten = <T>(ownerId: string, row: CalendarRow, work: (tx: Tx) => Promise<T>): Promise<T | undefined> =>
    transact(async (tx) => {
      const locked = await calendarStore.lock(tx, ownerId, row.name)
      return locked?.version === row.version ? work(tx) : undefined
    })

  return {
    /**
     * What is here is at most that old afterwards. Everybody who asks meanwhile waits for the same answer.
     * @throws AppError `internal_error` when the server does not answer, and those of `nextcloud.as`
     */
    async refresh(ownerId: string, { maxAgeMs = stalenessMs }: { maxAgeMs?: number } = {}): Promise<MirroredHome> {
      const home = await calendarStore.home(database, ownerId)
      if (home && home.ageMs !== null && home.ageMs <= maxAgeMs) {
        if (!home.isMarkedUsed) await calendarStore.markUsed(database, ownerId)
        return home
      }
      // One that began before this was asked may not see what was written just before.
      if (maxAgeMs === 0) await underway.get(ownerId)?.catch(() => undefined)
      const running = underway.get(ownerId) ?? compare(ownerId).finally(() => void underway.delete(ownerId))
      underway.set(ownerId, running)
      await running
      return (await calendarStore.home(database, ownerId)) ?? { uid: '', calendars: [] }
    },

    /** Stores what was just written to the server, before anybody reads it. */
    async keep(
      tx: Tx,
      ownerId: string,
      { server, calendar, object }: { server: CalendarServer; calendar: CalendarRow; object: NewObject },
    ): Promise<CalendarNotice[]> {
      await calendarStore.bump(tx, ownerId, calendar.name)
      const written = await store(tx, { ownerId, uid: server.uid, calendar }, [object])
      return written.map((one) => noticeOf(server.uid, calendar.name, one.isNew ? 'created' : 'updated', one))
    },

    async forget(
      tx: Tx,
      ownerId: string,
      { server, calendar, name }: { server: CalendarServer; calendar: string; name: string },
    ): Promise<CalendarNotice[]> {
      await calendarStore.bump(tx, ownerId, calendar)
      const removed = await drop(tx, ownerId, calendar, [name])
      return removed.map((one) => noticeOf(server.uid, calendar, 'deleted', one))
    },
  }
}

const noticeOf = (
  uid: string,
  calendar: string,
  what: 'created' | 'updated' | 'deleted',
  object: { name: string; uid: string },
): CalendarNotice => ({
  type: `calendar.event_${what}`,
  data: { calendar_id: idOfCalendar(calendar), path: pathOf({ uid, calendar, name: object.name }), uid: object.uid },
})

const fewer = (notices: readonly CalendarNotice[], calendar: string): readonly CalendarNotice[] =>
  notices.length > maxTold
    ? [{ type: 'calendar.calendar_changed', data: { calendar_id: idOfCalendar(calendar) } }]
    : notices
