import type { Features } from '#integrations/jitsi/jitsi-tokens.ts'
import { etagOf } from '#platform/http/etag.ts'
import { featuresOf } from './room-features.ts'
import type { RoomRights } from './room-rights.ts'
import type { RoomRow } from './room-store.ts'

export type RoomView = {
  id: string
  name: string
  title: string
  url: string
  starts_at: string | null
  ends_at: string | null
  lobby: boolean
  features: Features
  access: string
  is_owner: boolean
  is_moderator: boolean
  calendar_uid: string | null
  closes_at: string
  created_at: string
  etag: string
  moderators?: string[]
  members?: string[]
}

/** A room as one of its people sees it: who else may come is for those who moderate. */
export const presentRoom = (room: RoomRow, { isOwner, isModerator }: RoomRights, url: string): RoomView => ({
  ...{ id: room.id, name: room.name, title: room.title, url },
  starts_at: room.starts_at?.toISOString() ?? null,
  ends_at: room.ends_at?.toISOString() ?? null,
  ...{ lobby: room.has_lobby, features: featuresOf(room.features), access: room.access },
  ...{ is_owner: isOwner, is_moderator: isModerator, calendar_uid: room.calendar_uid },
  closes_at: room.expires_at.toISOString(),
  created_at: room.created_at.toISOString(),
  etag: roomTag(room),
  ...(isModerator && { moderators: room.moderators, members: room.members }),
})

export const roomTag = ({ id, updated_at }: Pick<RoomRow, 'id' | 'updated_at'>): string =>
  etagOf([id, updated_at.toISOString()])
