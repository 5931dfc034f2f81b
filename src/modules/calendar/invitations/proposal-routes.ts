import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { originOf } from '#platform/audit/audit.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { calendarErrors } from '../errors.ts'
import { ChangedEvent, EventParams, restOf } from '../events/event-wire.ts'
import type { OwnProposals } from './own-proposals.ts'
import type { Proposals } from './proposals.ts'

const DecisionBody = Type.Object(
  {
    proposal_id: Type.String({ format: 'uuid' }),
    response: Type.Union([Type.Literal('accepted'), Type.Literal('declined')]),
    if_match: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
  },
  {
    examples: [
      {
        ...{ proposal_id: '019a4e2c-7f00-7000-8000-000000000001', response: 'accepted' },
        if_match: '"68031b8f4d18f"',
      },
    ],
  },
)

const time = Type.String({
  ...{ minLength: 1, maxLength: 40 },
  description: 'As in events: 20260523T090000Z, 20260523T110000 on the wall of `timezone`, or 20260523.',
})
const ProposalBody = Type.Object(
  {
    email: Type.String({ format: 'email', maxLength: 320, description: 'The address under which you are invited.' }),
    ...{ start: time, end: Type.Optional(time) },
    timezone: Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Null()])),
    comment: Type.Optional(Type.String({ maxLength: 4000, description: 'For the organizer.' })),
    if_match: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
    recurrence_id: Type.Optional(Type.String({ maxLength: 40, description: 'For which occurrence of a series.' })),
  },
  {
    examples: [
      { email: 'bob@example.com', start: '20260523T140000Z', end: '20260523T150000Z', comment: 'I teach until two.' },
    ],
  },
)

export function proposalRoutes(proposals: Proposals, own: OwnProposals): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/events/proposals/*',
      {
        schema: {
          summary: 'Decide on another time that somebody invited proposes',
          description:
            'Accepted, it is the time of the event: answers are taken back, and all are told. Declined, it is gone, and its proposer is told by mail. Who may write to the organizer’s calendar decides in their place, which is written down.',
          ...{ tags: ['calendar'], params: EventParams, body: DecisionBody, response: { 200: ChangedEvent } },
        },
        config: { permission: 'calendar:write', errors: { ...calendarErrors, 412: ['etag_mismatch'] } },
      },
      async (request, reply) => {
        const { proposal_id: proposalId, response, if_match: ifMatch } = request.body
        const decided = await proposals.decide(
          request.actor,
          restOf(request),
          { proposalId, response, ifMatch },
          originOf(request),
        )
        return reply.header('etag', decided.etag).send(decided)
      },
    )

    http.post(
      '/events/counter/*',
      {
        schema: {
          summary: 'Propose another time for an event to which you are invited',
          description:
            'The path is as for an answer. The organizer sees it with their event, or gets it by mail; your own copy and answer stay. The ETag answered is that of your own copy.',
          ...{ tags: ['calendar'], params: EventParams, headers: idempotencyHeaders, body: ProposalBody },
          response: { 200: ChangedEvent },
        },
        config: {
          permission: 'calendar:write',
          errors: {
            ...calendarErrors,
            404: ['not_found', 'attendee_not_found'],
            409: [...(calendarErrors[409] ?? []), 'calendar.own_event'],
            412: ['etag_mismatch'],
            422: ['idempotency_key_reused'],
          },
        },
      },
      async (request, reply) => {
        const { if_match: ifMatch, recurrence_id: recurrenceId, ...said } = request.body
        const wanted = { ...said, ifMatch, recurrenceId }
        const key = request.headers['idempotency-key']
        const proposed = await own.propose(request.actor, restOf(request), wanted, key)
        return reply.header('etag', proposed.etag).send(proposed)
      },
    )
  }
}
