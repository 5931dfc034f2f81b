import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { EntryBody, NewRoomBody, Room, RoomChangeBody, RoomParams, RoomWithEntry } from './room-wire.ts'
import type { Rooms, WantedRoom } from './rooms.ts'

const tags = ['meet']
const closed = { 409: ['meet.room_over'] }

export function roomRoutes(rooms: Rooms): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/rooms',
      {
        schema: {
          summary: 'Make a meeting, planned or for now, and get into it',
          ...{ tags, headers: idempotencyHeaders, body: NewRoomBody, response: { 201: RoomWithEntry } },
        },
        config: {
          permission: 'meet:write',
          errors: {
            409: ['meet.name_taken', 'meet.too_many_rooms', 'meet.room_over'],
            422: ['idempotency_key_reused'],
          },
        },
      },
      async ({ actor, body, headers }, reply) => {
        const room = await rooms.create(actor, body as WantedRoom, headers['idempotency-key'])
        return reply.code(201).header('cache-control', 'no-store').header('etag', room.etag).send(room)
      },
    )

    http.get(
      '/rooms',
      {
        schema: {
          summary: 'Your meetings, the newest first',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(Room) } },
        },
        config: { permission: 'meet:read' },
      },
      ({ actor, query }) => rooms.list(actor, { limit: query.limit ?? 50, cursor: query.cursor }),
    )

    http.get(
      '/rooms/:room',
      {
        schema: {
          summary: 'A meeting that you own or may come to',
          ...{ tags, params: RoomParams, response: { 200: Room } },
        },
        config: { permission: 'meet:read' },
      },
      async ({ actor, params }, reply) => {
        const room = await rooms.view(actor, params.room)
        return reply.header('etag', room.etag).send(room)
      },
    )

    http.patch(
      '/rooms/:room',
      {
        schema: {
          summary: 'Change a meeting of yours; what is left out stays',
          ...{ tags, params: RoomParams, headers: conditionalHeaders, body: RoomChangeBody, response: { 200: Room } },
        },
        config: { permission: 'meet:write', errors: { 412: ['etag_mismatch'] } },
      },
      async ({ actor, params, body, headers }, reply) => {
        const room = await rooms.change(actor, params.room, body as WantedRoom, headers['if-match'])
        return reply.header('etag', room.etag).send(room)
      },
    )

    http.delete(
      '/rooms/:room',
      {
        schema: {
          summary: 'Delete a meeting: nobody gets in any more, and its name is free again',
          ...{ tags, params: RoomParams, headers: conditionalHeaders },
          response: { 204: Type.Null({ description: 'Gone. Who is inside stays until they leave.' }) },
        },
        config: { permission: 'meet:write', errors: { 412: ['etag_mismatch'] } },
      },
      async ({ actor, params, headers }, reply) => {
        await rooms.delete(actor, params.room, headers['if-match'])
        return reply.code(204).send(null)
      },
    )

    http.post(
      '/rooms/:room/tokens',
      {
        schema: {
          summary: 'Get into a meeting: an address with a token of your own',
          description: 'The token makes a moderator of the owner and of those whom they named, and of nobody else.',
          ...{ tags, params: RoomParams, response: { 201: EntryBody } },
        },
        config: { permission: 'meet:read', errors: closed },
      },
      async ({ actor, params }, reply) => {
        const entry = await rooms.enter(actor, params.room)
        return reply.code(201).header('cache-control', 'no-store').send(entry)
      },
    )
  }
}
