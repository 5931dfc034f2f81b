import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { newId } from '#platform/ids.ts'
import type { Entries, Entry } from './entries.ts'
import { tell } from './events.ts'
import { maxNameLength, randomName, randomSuffix, slugOf } from './rooms/room-names.ts'
import { type RoomRow, roomStore as store } from './rooms/room-store.ts'
import { roomExpiry } from './rooms/room-times.ts'
import { addresses } from './rooms/rooms.ts'

/** An event as the calendar knows it. */
export type MeetingEvent = {
  /** Whose calendar holds the organizer's object. */
  ownerId: string
  /** Names that object and no other, for ever: the same event elsewhere, or another of the same uid, is another. */
  object: string
  uid: string
  title: string
  startsAt: Date | null
  endsAt: Date | null
  /** Who may come in, by address, the organizer aside. */
  attendees: readonly string[]
}

export type EventRoom = { name: string; url: string }

/** What the calendar asks of meetings. */
export type MeetLinks = {
  /**
   * The room of an event, made at the first call and brought up to date at each: its name is the uid as a slug, with a
   * random suffix where somebody else's room has that name. A uid is chosen by clients: whoever guesses or copies one
   * gets a room of their own.
   */
  claim(event: MeetingEvent): Promise<EventRoom>
  /** The name of the room to which a join address of ours leads; undefined for any other address. */
  roomNameOf(url: string): string | undefined
  /** An address with a token for the caller. @throws AppError `not_found`, `auth.forbidden`, `meet.room_over` */
  enter(actor: Actor, name: string): Promise<Entry>
  /** Ends the room of an event that is no more. */
  release(ownerId: string, object: string): Promise<void>
}

export function createEventRooms(deps: {
  database: Database
  transact: Transact
  events: Events
  entries: Entries
  publicUrl: string
  now: () => Date
}): MeetLinks {
  const { database, transact, events, entries, publicUrl, now } = deps

  async function make(tx: Tx, event: MeetingEvent): Promise<RoomRow> {
    const slug = slugOf(event.uid)
    const withSuffix = () => `${(slug ?? 'meeting').slice(0, maxNameLength - 9)}-${randomSuffix()}`
    // The plain slug first; a name that is taken by chance three times over is no chance.
    for (const name of [slug ?? randomName(), withSuffix(), withSuffix()]) {
      const room = await store.insert(tx, {
        ...{ owner_id: event.ownerId, id: newId(), name, title: event.title.slice(0, 200) },
        ...{ starts_at: event.startsAt, ends_at: event.endsAt, has_lobby: false, features: {} },
        ...{ moderators: [], members: addresses(event.attendees), access: 'members' },
        ...{ calendar_object: event.object, calendar_uid: event.uid },
        expires_at: roomExpiry(event.endsAt, event.startsAt, now()),
      })
      if (room) return room
      const existing = await store.findByCalendarObject(tx, event.ownerId, event.object)
      if (existing) return existing
    }
    throw new AppError('conflict', 'meet.name_taken', 'No name for the meeting was free; try again.')
  }

  return {
    async claim(event) {
      const room = await transact(async (tx) => {
        const existing = await store.findByCalendarObject(tx, event.ownerId, event.object)
        const found = existing ?? (await make(tx, event))
        const updated = await store.update(tx, event.ownerId, found.id, {
          ...{ title: event.title.slice(0, 200), starts_at: event.startsAt, ends_at: event.endsAt },
          members: addresses(event.attendees),
          expires_at: roomExpiry(event.endsAt, event.startsAt, now()),
        })
        if (!updated) throw notFound('meeting')
        const type = existing ? 'meet.room_updated' : 'meet.room_created'
        await tell(events, tx, event.ownerId, { type, data: { room_id: updated.id, name: updated.name } })
        return updated
      })
      return { name: room.name, url: entries.joinUrl(room.name) }
    },

    roomNameOf(url) {
      const [address = ''] = url.split(/[?#]/)
      const name = address.startsWith(`${publicUrl}/`) ? address.slice(publicUrl.length + 1) : ''
      return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) ? name : undefined
    },

    async enter(actor, name) {
      const room = await store.findByName(database, name)
      if (!room) throw notFound('meeting')
      return entries.forPerson(room, actor)
    },

    release: (ownerId, object) =>
      transact(async (tx) => {
        const room = await store.findByCalendarObject(tx, ownerId, object)
        if (!room) return
        await store.remove(tx, ownerId, room.id)
        await tell(events, tx, ownerId, { type: 'meet.room_deleted', data: { room_id: room.id, name: room.name } })
      }),
  }
}
