import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { RoomParams } from '../rooms/room-wire.ts'
import type { Door } from './door.ts'
import type { Invitations } from './invitations.ts'

const tags = ['meet']
const uuid = Type.String({ format: 'uuid' })
const moment = Type.String({ format: 'date-time' })

const Invitation = Type.Object({
  ...{ id: uuid, label: Type.String() },
  url: Type.String({ description: 'The link itself. Whoever has it can come.' }),
  ...{ entered_count: Type.Integer(), expires_at: moment },
  revoked_at: Type.Union([moment, Type.Null()]),
  created_at: moment,
})
const NewInvitation = Type.Object({
  label: Type.Optional(Type.String({ maxLength: 200, description: 'For you: whom it is for.' })),
  expires_at: Type.Optional(Type.String({ format: 'date-time' })),
})
const Guest = Type.Object({
  ...{ id: uuid, name: Type.String({ description: 'As they call themselves.' }) },
  state: Type.String({ enum: ['waiting', 'admitted', 'refused'] }),
  created_at: moment,
})
const Decision = Type.Object({ decision: Type.Union([Type.Literal('admit'), Type.Literal('refuse')]) })
const InvitationParams = Type.Object({ ...RoomParams.properties, invitation_id: uuid })
const GuestParams = Type.Object({ ...RoomParams.properties, guest_id: uuid })

/** What those who moderate a meeting do about guests. */
export function invitationRoutes(invitations: Invitations, door: Door): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/rooms/:room/invitations',
      {
        schema: {
          summary: 'Make a link for guests without an account',
          ...{ tags, params: RoomParams, headers: idempotencyHeaders, body: NewInvitation },
          response: { 201: Invitation },
        },
        config: {
          permission: 'meet:write',
          errors: { 409: ['meet.too_many_invitations'], 422: ['idempotency_key_reused'] },
        },
      },
      async ({ actor, params, body, headers }, reply) => {
        const made = await invitations.create(actor, params.room, body, headers['idempotency-key'])
        return reply.code(201).send(made)
      },
    )

    http.get(
      '/rooms/:room/invitations',
      {
        schema: {
          summary: 'Links for guests, the newest first',
          ...{ tags, params: RoomParams, querystring: Type.Object(pageQuery), response: { 200: page(Invitation) } },
        },
        config: { permission: 'meet:read' },
      },
      ({ actor, params, query }) =>
        invitations.list(actor, params.room, { limit: query.limit ?? 50, cursor: query.cursor }),
    )

    http.delete(
      '/rooms/:room/invitations/:invitation_id',
      {
        schema: {
          summary: 'Revoke a link for guests',
          ...{ tags, params: InvitationParams },
          response: { 204: Type.Null({ description: 'It leads nowhere from now on.' }) },
        },
        config: { permission: 'meet:write' },
      },
      async ({ actor, params }, reply) => {
        await invitations.revoke(actor, params.room, params.invitation_id)
        return reply.code(204).send(null)
      },
    )

    http.get(
      '/rooms/:room/guests',
      {
        schema: {
          summary: 'Guests who wait in the lobby, the first to come first',
          description: 'All of them, 50 at most. Each is told as `meet.guest_waiting` as well.',
          ...{ tags, params: RoomParams, response: { 200: page(Guest) } },
        },
        config: { permission: 'meet:read' },
      },
      ({ actor, params }) => door.waiting(actor, params.room),
    )

    http.post(
      '/rooms/:room/guests/:guest_id/decision',
      {
        schema: {
          summary: 'Let a guest in, or turn them away',
          ...{ tags, params: GuestParams, body: Decision, response: { 200: Guest } },
        },
        config: { permission: 'meet:write' },
      },
      ({ actor, params, body }) => door.decide(actor, params.room, params.guest_id, body.decision),
    )
  }
}
