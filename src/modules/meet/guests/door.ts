import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { newId } from '#platform/ids.ts'
import { type Entries, type Entry, roomOver } from '../entries.ts'
import { tell } from '../events.ts'
import { type RoomRow, roomStore } from '../rooms/room-store.ts'
import { type GuestRow, guestStore as store } from './guest-store.ts'
import type { InvitationCodes } from './invitation-codes.ts'
import { type InvitationRow, invitationStore } from './invitation-store.ts'
import type { Invitations } from './invitations.ts'

const maxWaiting = 50

export type Knock = { state: string; guest_id: string | null } & Partial<Entry>

export type Door = ReturnType<typeof createDoor>

/** Where people without an account come in: by a link, under a name of their own, past the lobby where there is one. */
export function createDoor(deps: {
  database: Database
  transact: Transact
  events: Events
  entries: Entries
  codes: InvitationCodes
  invitations: Pick<Invitations, 'moderated'>
  now: () => Date
}) {
  const { database, transact, events, entries, codes, invitations, now } = deps

  /** @throws AppError `not_found` for a link that never was, is revoked or has run out; `meet.room_over` */
  async function open(code: string): Promise<{ room: RoomRow; invitation: InvitationRow }> {
    const ids = codes.decode(code)
    const invitation = ids && (await invitationStore.find(database, ids.ownerId, ids.invitationId))
    if (!invitation || invitation.revoked_at || invitation.expires_at <= now()) throw noLink()
    const room = await roomStore.findById(database, invitation.owner_id, invitation.room_id)
    if (!room) throw noLink()
    if (room.expires_at <= now()) throw roomOver()
    return { room, invitation }
  }

  async function admit(room: RoomRow, invitation: InvitationRow, guest: { id: string; name: string }): Promise<Knock> {
    const entry = await entries.forGuest(room, invitation, guest)
    await invitationStore.countEntry(database, room.owner_id, invitation.id)
    return { state: 'admitted', guest_id: null, ...entry }
  }

  return {
    /** What is said at the door: nothing of who else comes. */
    async view(code: string) {
      const { room } = await open(code)
      return {
        title: room.title,
        starts_at: room.starts_at?.toISOString() ?? null,
        ends_at: room.ends_at?.toISOString() ?? null,
        lobby: room.has_lobby,
      }
    },

    /** Lets a guest in, or, where there is a lobby, has them wait. @throws AppError `not_found`, `meet.lobby_full` */
    async knock(code: string, given: string): Promise<Knock> {
      const { room, invitation } = await open(code)
      const name = given.trim().replaceAll(/\s+/g, ' ')
      const id = newId()
      if (!room.has_lobby) return admit(room, invitation, { id, name })
      await transact(async (tx) => {
        // Under the room's lock, so that the limit holds however many come at once.
        await roomStore.lock(tx, room.owner_id, room.id)
        if ((await store.countWaiting(tx, room)) >= maxWaiting) throw lobbyFull()
        await store.insert(tx, {
          ...{ owner_id: room.owner_id, id, room_id: room.id, invitation_id: invitation.id, name },
        })
        const data = { room_id: room.id, name: room.name, guest_id: id, guest_name: name }
        await tell(events, tx, room.owner_id, { type: 'meet.guest_waiting', data })
      })
      return { state: 'waiting', guest_id: id }
    },

    /** What became of a guest who waits; asked every few seconds by the page at the door. */
    async wait(code: string, guestId: string): Promise<Knock> {
      const { room, invitation } = await open(code)
      const guest = await store.see(database, room.owner_id, invitation.id, guestId)
      if (!guest) throw notFound('guest')
      if (guest.state !== 'admitted') return { state: guest.state, guest_id: guest.id }
      return admit(room, invitation, guest)
    },

    /** Who waits, the first to come first. @throws AppError `not_found`, `auth.forbidden` */
    async waiting(actor: Actor, name: string) {
      const room = await invitations.moderated(actor, name)
      return { items: (await store.listWaiting(database, room, maxWaiting)).map(presented), next_cursor: null }
    },

    /** @throws AppError `not_found` for somebody who does not wait (any more), `auth.forbidden` */
    async decide(actor: Actor, name: string, guestId: string, decision: 'admit' | 'refuse') {
      const room = await invitations.moderated(actor, name)
      const state = decision === 'admit' ? 'admitted' : 'refused'
      return transact(async (tx) => {
        const guest = await store.decide(tx, room, guestId, state)
        if (!guest) throw notFound('guest')
        const data = { room_id: room.id, name: room.name, guest_id: guest.id, guest_name: guest.name }
        await tell(events, tx, room.owner_id, { type: `meet.guest_${state}`, data })
        return presented(guest)
      })
    },
  }
}

const presented = ({ id, name, state, created_at }: GuestRow) => ({
  ...{ id, name, state },
  created_at: created_at.toISOString(),
})

const noLink = () =>
  new AppError('not_found', 'not_found', 'This link leads to no meeting (any more); ask whoever sent it for another.')

const lobbyFull = () =>
  new AppError('conflict', 'meet.lobby_full', `${maxWaiting} guests wait at the door already; try again in a minute.`)
