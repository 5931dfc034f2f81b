import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { enqueue, handleJob, type JobHandler, jobName, type Sweep } from '#platform/jobs/jobs.ts'
import type { GuardedFetch } from '#platform/network/guarded-fetch.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Calendars } from '../calendars/calendars.ts'
import { noSuchCalendar } from '../errors.ts'
import type { ObjectAccess } from '../events/object-access.ts'
import { objectStore } from '../mirror/object-store.ts'
import type { Imports } from '../transfer/imports.ts'
import { type SubscriptionRow, subscriptionStore } from './subscription-store.ts'
import { readWebCalendar, type WebCalendar } from './web-calendar.ts'

type Person = Pick<Actor, 'personId'>
const refreshJob = jobName<{ ownerId: string; calendar: string }>('calendar.subscription')

export type Subscriptions = ReturnType<typeof createSubscriptions>

/** Calendars of the web, each followed in a calendar of its own, which becomes what is published. */
export function createSubscriptions(deps: {
  database: Database
  transact: Transact
  objects: ObjectAccess
  calendars: Calendars
  imports: Imports
  http: Pick<GuardedFetch, 'fetch'>
  log: Logger
}) {
  const { database, transact, objects, calendars, imports, http, log } = deps

  async function takeOver(person: Person, calendar: string, { objects: published }: WebCalendar): Promise<void> {
    const open = await objects.calendarOf(person, calendar)
    await imports.takeAll(open, published)
    const uids = new Set(published.map(({ uid }) => uid))
    for (const { name, uid } of await objectStore.names(database, person.personId, calendar)) {
      if (!uids.has(uid)) await objects.remove(await objects.load(open, name), undefined)
    }
  }

  async function refresh(person: Person, row: SubscriptionRow): Promise<void> {
    const { calendar, url, http_etag } = row
    try {
      const read = await readWebCalendar(http, url, http_etag)
      if (read) await takeOver(person, calendar, read)
      const etag = read ? read.etag : http_etag
      await subscriptionStore.markRefreshed(database, person.personId, calendar, { etag, problem: null })
    } catch (error) {
      if (!(error instanceof AppError) || error.kind === 'internal') throw error
      await subscriptionStore.markRefreshed(database, person.personId, calendar, { etag: null, problem: error.message })
      log.info({ ownerId: person.personId, code: error.code }, 'a web calendar could not be read')
    }
  }

  const present = ({ calendar, url, refreshed_at, problem }: SubscriptionRow) => ({
    ...{ calendar_id: calendar, url, problem, refreshed_at: refreshed_at?.toISOString() ?? null },
  })

  async function find(ownerId: string, calendar: string): Promise<SubscriptionRow> {
    const row = await subscriptionStore.find(database, ownerId, calendar)
    if (!row) throw noSuchCalendar()
    return row
  }

  const jobs: JobHandler[] = [
    handleJob(refreshJob, async ({ ownerId, calendar }) => {
      const row = await subscriptionStore.find(database, ownerId, calendar)
      if (row) await refresh({ personId: ownerId }, row)
    }),
  ]
  const sweep: Sweep = {
    name: 'calendar.subscriptions',
    everySeconds: 60,
    run: () =>
      transact(async (tx) => {
        for (const { owner_id: ownerId, calendar } of await subscriptionStore.claim(tx, 200)) {
          await enqueue(tx, refreshJob, { ownerId, calendar }, { key: `${refreshJob.name}:${ownerId}:${calendar}` })
        }
      }),
  }

  return {
    jobs,
    sweeps: [sweep],

    list: async (actor: Actor) => ({
      items: (await subscriptionStore.list(database, actor.personId)).map(present),
      next_cursor: null,
    }),

    /** Reads the address first: what cannot be read is not followed. @throws those of `readWebCalendar` */
    async add(actor: Actor, wanted: { url: string; name: string; color?: string | undefined }) {
      await readWebCalendar(http, wanted.url, null)
      const { id } = await calendars.create(actor, { displayName: wanted.name, color: wanted.color })
      await transact(async (tx) => {
        await subscriptionStore.add(tx, actor.personId, id, wanted.url)
        await enqueue(tx, refreshJob, { ownerId: actor.personId, calendar: id })
      })
      return present(await find(actor.personId, id))
    },

    /** @throws AppError `not_found` */
    async refresh(actor: Actor, calendar: string) {
      await refresh(actor, await find(actor.personId, calendar))
      return present(await find(actor.personId, calendar))
    },
  }
}
