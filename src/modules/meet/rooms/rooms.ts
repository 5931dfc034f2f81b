import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import type { Entries, Entry } from '../entries.ts'
import { tell } from '../events.ts'
import { randomName } from './room-names.ts'
import { presentRoom, type RoomView, roomTag } from './room-presentation.ts'
import { rightsOf } from './room-rights.ts'
import { type RoomRow, roomStore as store } from './room-store.ts'
import { roomExpiry } from './room-times.ts'

const maxRooms = 10_000

export type WantedRoom = {
  title?: string
  name?: string
  starts_at?: string | null
  ends_at?: string | null
  lobby?: boolean
  features?: Readonly<Record<string, boolean>>
  moderators?: string[]
  members?: string[]
  access?: 'signed_in' | 'members'
}
export type RoomChange = Omit<WantedRoom, 'name'>

export type Rooms = ReturnType<typeof createRooms>

/** Meeting rooms. A name belongs to one room, whoever asks; only the owner changes or deletes it. */
export function createRooms(deps: {
  database: Database
  transact: Transact
  events: Events
  entries: Entries
  now: () => Date
}) {
  const { database, transact, events, entries, now } = deps
  const present = (room: RoomRow, actor: Actor) => presentRoom(room, rightsOf(room, actor), entries.joinUrl(room.name))

  async function insert(tx: Tx, actor: Actor, wanted: WantedRoom): Promise<RoomRow> {
    if ((await store.count(tx, actor.personId)) >= maxRooms) throw tooMany()
    const { startsAt, endsAt } = timesOf(wanted)
    const room = await store.insert(tx, {
      ...{
        owner_id: actor.personId,
        id: newId(),
        name: wanted.name ?? randomName(),
        title: wanted.title?.trim() ?? '',
      },
      ...{ starts_at: startsAt, ends_at: endsAt, has_lobby: wanted.lobby ?? false, features: wanted.features ?? {} },
      ...{ moderators: addresses(wanted.moderators), members: addresses(wanted.members) },
      ...{ access: wanted.access ?? 'signed_in', calendar_object: null, calendar_uid: null },
      expires_at: roomExpiry(endsAt, startsAt, now()),
    })
    if (!room) throw nameTaken(wanted.name ?? '')
    await tell(events, tx, actor.personId, { type: 'meet.room_created', data: { room_id: room.id, name: room.name } })
    return room
  }

  /** @throws AppError `not_found`, also for a room whose name a stranger guessed. */
  async function find(actor: Actor, name: string): Promise<RoomRow> {
    const room = await store.findByName(database, name.toLowerCase())
    if (!room || !rightsOf(room, actor).mayEnter) throw notFound('meeting')
    return room
  }

  /** The room, locked, when it is the actor's own. @throws AppError `not_found`, `auth.forbidden`, `etag_mismatch` */
  async function own(tx: Tx, actor: Actor, name: string, ifMatch: string | undefined): Promise<RoomRow> {
    const found = await find(actor, name)
    if (found.owner_id !== actor.personId) throw notOwner()
    const room = await store.lock(tx, found.owner_id, found.id)
    if (!room) throw notFound('meeting')
    if (!isMatch(ifMatch, roomTag(room))) throw etagMismatch()
    return room
  }

  return {
    /**
     * The token is made for each answer anew: the stored answer of an Idempotency-Key holds none.
     * @throws AppError `meet.name_taken`, `meet.too_many_rooms`, `invalid_request_body` for an end before the start
     */
    async create(actor: Actor, wanted: WantedRoom, idempotencyKey?: string): Promise<RoomView & Entry> {
      const request = { ownerId: actor.personId, scope: 'meet.rooms', key: idempotencyKey, body: wanted }
      const { body } = await transact((tx) =>
        once(tx, request, async () => ({ status: 201, body: { id: (await insert(tx, actor, wanted)).id } })),
      )
      const room = await store.findById(database, actor.personId, body.id)
      if (!room) throw notFound('meeting')
      return { ...present(room, actor), ...(await entries.forPerson(room, actor)) }
    },

    async list(actor: Actor, { limit, cursor }: { limit: number; cursor: string | undefined }) {
      const [before] = cursor === undefined ? [undefined] : decodeCursor(cursor, ['uuid'])
      const rows = await store.list(database, actor.personId, { before, limit: limit + 1 })
      return pageOfRows(rows, limit, (room) => present(room, actor))
    },

    async view(actor: Actor, name: string): Promise<RoomView> {
      return present(await find(actor, name), actor)
    },

    async change(actor: Actor, name: string, change: RoomChange, ifMatch: string | undefined): Promise<RoomView> {
      return transact(async (tx) => {
        const room = await own(tx, actor, name, ifMatch)
        const { startsAt, endsAt } = timesOf({ ...asWanted(room), ...change })
        const changed = await store.update(tx, room.owner_id, room.id, {
          ...(change.title !== undefined && { title: change.title.trim() }),
          ...{ starts_at: startsAt, ends_at: endsAt, expires_at: roomExpiry(endsAt, startsAt, now()) },
          ...(change.lobby !== undefined && { has_lobby: change.lobby }),
          ...(change.features && { features: { ...(room.features as object), ...change.features } }),
          ...(change.moderators && { moderators: addresses(change.moderators) }),
          ...(change.members && { members: addresses(change.members) }),
          ...(change.access && { access: change.access }),
        })
        if (!changed) throw notFound('meeting')
        await tell(events, tx, room.owner_id, {
          type: 'meet.room_updated',
          data: { room_id: room.id, name: room.name },
        })
        return present(changed, actor)
      })
    },

    /** Nobody gets in any more; those who are inside stay until they leave. */
    delete: (actor: Actor, name: string, ifMatch: string | undefined): Promise<void> =>
      transact(async (tx) => {
        const room = await own(tx, actor, name, ifMatch)
        await store.remove(tx, room.owner_id, room.id)
        await tell(events, tx, room.owner_id, {
          type: 'meet.room_deleted',
          data: { room_id: room.id, name: room.name },
        })
      }),

    /** @throws AppError `not_found`, `meet.room_over` */
    async enter(actor: Actor, name: string): Promise<Entry> {
      return entries.forPerson(await find(actor, name), actor)
    },
  }
}

const asWanted = (room: RoomRow) => ({
  starts_at: room.starts_at?.toISOString() ?? null,
  ends_at: room.ends_at?.toISOString() ?? null,
})

function timesOf({ starts_at, ends_at }: Pick<WantedRoom, 'starts_at' | 'ends_at'>) {
  const startsAt = starts_at ? new Date(starts_at) : null
  const endsAt = ends_at ? new Date(ends_at) : null
  if (startsAt && endsAt && endsAt <= startsAt) {
    const detail = { path: 'body.ends_at', message: 'must be later than starts_at' }
    throw new AppError('invalid', 'invalid_request_body', 'The meeting ends before it begins; correct its times.', {
      details: [detail],
    })
  }
  return { startsAt, endsAt }
}

/** As they are compared. */
export const addresses = (given: readonly string[] = []): string[] => [
  ...new Set(given.map((address) => address.trim().toLowerCase())),
]

const notOwner = () =>
  new AppError('forbidden', 'auth.forbidden', 'Only the owner of a meeting changes or deletes it; ask them.')

const nameTaken = (name: string) =>
  new AppError('conflict', 'meet.name_taken', `A meeting is named "${name}" already; choose another name, or none.`)

const tooMany = () =>
  new AppError('conflict', 'meet.too_many_rooms', `You have ${maxRooms} meetings; delete some first.`)
