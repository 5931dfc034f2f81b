import { type TProperties, Type } from 'typebox'
import { featureNames } from '#integrations/jitsi/jitsi-tokens.ts'
import { maxNameLength } from './room-names.ts'

const moment = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])
const Addresses = Type.Array(Type.String({ format: 'email', maxLength: 320 }), { maxItems: 500 })
const Features = (isPartial: boolean) =>
  Type.Object(
    Object.fromEntries(
      featureNames.map((name): [string, TProperties[string]] => [
        name,
        isPartial ? Type.Optional(Type.Boolean()) : Type.Boolean(),
      ]),
    ),
  )

const room = {
  id: Type.String({ format: 'uuid' }),
  name: Type.String({ description: 'Part of the address.' }),
  title: Type.String(),
  url: Type.String({ description: 'The address without a token; it lets nobody in by itself.' }),
  starts_at: moment,
  ends_at: moment,
  lobby: Type.Boolean({ description: 'Guests wait until a moderator lets them in.' }),
  features: Features(false),
  access: Type.String({ enum: ['signed_in', 'members'] }),
  is_owner: Type.Boolean(),
  is_moderator: Type.Boolean(),
  calendar_uid: Type.Union([Type.String(), Type.Null()], { description: 'Of the event that it belongs to.' }),
  closes_at: Type.String({ format: 'date-time', description: 'Nobody gets in after that.' }),
  created_at: Type.String({ format: 'date-time' }),
  etag: Type.String(),
  moderators: Type.Optional(Type.Array(Type.String(), { description: 'For moderators.' })),
  members: Type.Optional(Type.Array(Type.String(), { description: 'For moderators.' })),
}

export const Room = Type.Object(room)

const entry = {
  meet_url: Type.String({ description: 'Leads into the meeting, for the person who asked: not to be passed on.' }),
  expires_at: Type.String({ format: 'date-time', description: 'Until when meet_url is good.' }),
  is_moderator: Type.Boolean(),
}
export const EntryBody = Type.Object(entry)
export const RoomWithEntry = Type.Object({ ...room, ...entry })

const writable = {
  title: Type.Optional(Type.String({ maxLength: 200 })),
  starts_at: Type.Optional(moment),
  ends_at: Type.Optional(moment),
  lobby: Type.Optional(Type.Boolean()),
  features: Type.Optional(Features(true)),
  moderators: Type.Optional(Addresses),
  members: Type.Optional(Addresses),
  access: Type.Optional(
    Type.String({
      enum: ['signed_in', 'members'],
      description: 'signed_in: everybody with an account here who has the address. members: those who are named.',
    }),
  ),
}

export const NewRoomBody = Type.Object(
  {
    ...writable,
    name: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
        examples: ['team-lunch'],
        maxLength: maxNameLength,
        description: 'Small letters, digits and hyphens. Without one it is made up and cannot be guessed.',
      }),
    ),
  },
  { description: 'All of it may be left out: that is a meeting which begins now.' },
)
export const RoomChangeBody = Type.Object(writable, { minProperties: 1 })

export const RoomParams = Type.Object({ room: Type.String({ minLength: 1, maxLength: 200, description: 'Its name.' }) })
