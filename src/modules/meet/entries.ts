import type { JitsiTokens } from '#integrations/jitsi/jitsi-tokens.ts'
import type { Actor } from '#platform/auth/actor.ts'
import { AppError } from '#platform/errors.ts'
import { featuresFor, featuresOf, type Role } from './rooms/room-features.ts'
import { rightsOf } from './rooms/room-rights.ts'
import type { RoomRow } from './rooms/room-store.ts'
import { guestExpiry, tokenExpiry } from './rooms/room-times.ts'

/** A way into a meeting: an address with a token made for one person, and until when it is good. */
export type Entry = { meet_url: string; expires_at: string; is_moderator: boolean }

export type Entries = ReturnType<typeof createEntries>

/** Lets people in: the only place where tokens are made. */
export function createEntries(deps: { tokens: JitsiTokens; publicUrl: string; now: () => Date }) {
  const { tokens, publicUrl, now } = deps
  const joinUrl = (name: string): string => `${publicUrl}/${name}`

  async function enter(room: RoomRow, role: Role, user: { id: string; name: string; email?: string }, expiresAt: Date) {
    const isModerator = role === 'moderator'
    const features = featuresFor(role, featuresOf(room.features))
    const token = await tokens.sign({ room: room.name, user: { ...user, isModerator }, features, expiresAt })
    const expires_at = expiresAt.toISOString()
    return { meet_url: `${joinUrl(room.name)}?jwt=${token}`, expires_at, is_moderator: isModerator }
  }

  return {
    /** The room's address without a token: what may be written down and passed on. */
    joinUrl,

    /** @throws AppError `auth.forbidden` for those whom the room does not let in, `meet.room_over` */
    async forPerson(room: RoomRow, actor: Actor): Promise<Entry> {
      const { isModerator, mayEnter } = rightsOf(room, actor)
      if (!mayEnter) throw notInvited()
      if (room.expires_at <= now()) throw roomOver()
      const user = { id: actor.personId, name: actor.displayName ?? actor.email ?? '', ...withEmail(actor.email) }
      return enter(room, isModerator ? 'moderator' : 'participant', user, tokenExpiry(room, now()))
    },

    /** @throws AppError `meet.room_over` */
    async forGuest(
      room: RoomRow,
      invitation: { expires_at: Date },
      guest: { id: string; name: string },
    ): Promise<Entry> {
      if (room.expires_at <= now()) throw roomOver()
      return enter(room, 'guest', { id: `guest-${guest.id}`, name: guest.name }, guestExpiry(room, invitation, now()))
    },
  }
}

const withEmail = (email: string | null) => (email === null ? {} : { email })

const notInvited = () =>
  new AppError('forbidden', 'auth.forbidden', 'You are not invited to this meeting; ask its owner to add your address.')

export const roomOver = () =>
  new AppError('conflict', 'meet.room_over', 'This meeting is over; its owner can give it another time.')
