import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { personStore } from '../calendars/person-store.ts'
import { joined, type Period, type Range } from '../freebusy/busy-periods.ts'
import { bookingStore } from './booking-store.ts'
import { mayBook } from './bookings.ts'
import { type ResourceRow, resourceStore as store } from './resource-store.ts'
import { filterOf, pageOf, type ResourceQuery } from './resources.ts'

export type BookableResources = ReturnType<typeof createBookableResources>

/** Rooms and equipment as people see them: those that they may book, and when they are taken, but not by whom. */
export function createBookableResources({ database }: { database: Database }) {
  return {
    async list(actor: Pick<Actor, 'personId'>, query: ResourceQuery) {
      const groups = await personStore.groupsOf(database, actor.personId)
      return pageOf(await store.list(database, { ...filterOf(query), groups }), query, presentBookable)
    },

    /** When those are taken that have one of these addresses; by address in lower case. */
    async busy(
      actor: Pick<Actor, 'personId'>,
      emails: readonly string[],
      range: Range,
    ): Promise<ReadonlyMap<string, Period[]>> {
      const named = await store.named(
        database,
        emails.map((email) => email.toLowerCase()),
      )
      if (named.length === 0) return new Map()
      const groups = await personStore.groupsOf(database, actor.personId)
      const bookable = named.filter((one) => mayBook(one, groups))
      const ids = bookable.map(({ id }) => id)
      const taken = Map.groupBy(await bookingStore.taken(database, ids, range), ({ resourceId }) => resourceId)
      return new Map(
        bookable.map(({ id, email }) => {
          const periods = (taken.get(id) ?? []).map(({ start, end }) => ({ start, end, type: 'BUSY' as const }))
          return [email, joined(periods, range)]
        }),
      )
    },
  }
}

const presentBookable = (row: ResourceRow) => {
  const { id, kind, name, email, capacity, location, description, features, booking_days } = row
  return { id, kind, name, email, capacity, location, description, features, booking_days }
}
