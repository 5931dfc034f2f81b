import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { originOf } from '#platform/audit/audit.ts'
import { calendarErrors } from '../errors.ts'
import { ChangedEvent, EventParams, restOf } from '../events/event-wire.ts'
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

export function proposalRoutes(proposals: Proposals): FastifyPluginAsyncTypebox {
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
  }
}
