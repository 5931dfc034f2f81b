import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import type { Entries } from '../entries.ts'
import { roomStore } from '../rooms/room-store.ts'

export type UpcomingMeeting = {
  source: 'room' | 'calendar'
  title: string
  starts_at: string
  ends_at: string | null
  /** Without a token. */
  url: string
  room: string | null
}

/** Where else meetings are planned: the calendar, when it is on. Answers those that overlap the time, in its order. */
export type PlannedElsewhere = (
  actor: Actor,
  range: { from: Date; to: Date; limit: number },
) => Promise<readonly { title: string; startsAt: Date; endsAt: Date | null; url: string; room: string | null }[]>

const week = 7 * 86_400_000

export type Upcoming = ReturnType<typeof createUpcoming>

/** What is planned for somebody: meetings made by themselves, and events of their calendars that have a meeting. */
export function createUpcoming(deps: {
  database: Database
  entries: Entries
  plannedElsewhere: PlannedElsewhere | undefined
  now: () => Date
}) {
  const { database, entries, plannedElsewhere, now } = deps
  return {
    /** The first ones first; a week by default. */
    async list(actor: Actor, wanted: { from?: string | undefined; to?: string | undefined; limit: number }) {
      const from = wanted.from ? new Date(wanted.from) : now()
      const to = wanted.to ? new Date(wanted.to) : new Date(from.getTime() + week)
      const range = { from, to, limit: wanted.limit }
      const [rooms, events] = await Promise.all([
        roomStore.listPlanned(database, actor.personId, range),
        plannedElsewhere?.(actor, range) ?? [],
      ])
      const items: UpcomingMeeting[] = [
        ...rooms.map((room) => ({
          ...{ source: 'room' as const, title: room.title, room: room.name, url: entries.joinUrl(room.name) },
          starts_at: (room.starts_at ?? from).toISOString(),
          ends_at: room.ends_at?.toISOString() ?? null,
        })),
        ...events.map(({ startsAt, endsAt, title, url, room }) => ({
          ...{ source: 'calendar' as const, title, url, room },
          starts_at: startsAt.toISOString(),
          ends_at: endsAt?.toISOString() ?? null,
        })),
      ]
      return { items: items.sort((a, b) => a.starts_at.localeCompare(b.starts_at)).slice(0, wanted.limit) }
    },
  }
}
