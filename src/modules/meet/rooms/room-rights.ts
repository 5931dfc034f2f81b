import type { Actor } from '#platform/auth/actor.ts'
import type { RoomRow } from './room-store.ts'

/** What somebody may do with a room. */
export type RoomRights = { isOwner: boolean; isModerator: boolean; mayEnter: boolean }

type Rights = Pick<RoomRow, 'owner_id' | 'moderators' | 'members' | 'access'>
type Person = Pick<Actor, 'personId' | 'email'>

/** The owner and those whom they name moderate; who comes in beside them is the room's own word. */
export function rightsOf(room: Rights, actor: Person): RoomRights {
  const email = actor.email?.toLowerCase()
  const isOwner = room.owner_id === actor.personId
  const isModerator = isOwner || (email !== undefined && room.moderators.includes(email))
  const isMember = email !== undefined && room.members.includes(email)
  return { isOwner, isModerator, mayEnter: isModerator || isMember || room.access === 'signed_in' }
}
