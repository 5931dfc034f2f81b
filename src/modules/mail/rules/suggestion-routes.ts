import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Id } from '../reading/wire.ts'
import { ProposedRule } from './rule-wire.ts'
import type { Suggestions } from './suggestions.ts'

export function suggestionRoutes(suggestions: Suggestions): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/rules/from-message',
      {
        schema: {
          summary: 'A proposal of a rule for mail like a message; nothing is made',
          description:
            'By its mailing list or its sender, with what you have done with most of such mail. Change it as you like, ' +
            'try it by `POST /rules/simulation`, and make it by `POST /rules`.',
          tags: ['mail'],
          body: Type.Object({ message_id: Id }),
          response: {
            200: Type.Object({
              rule: ProposedRule,
              similar_count: Type.Integer({ description: 'Messages of this sender, of the newest 200.' }),
            }),
          },
        },
        config: { isReading: true, permission: 'mail:read', errors: { 404: ['not_found'] } },
      },
      ({ ownerId, body }) => suggestions.fromMessage(ownerId, body.message_id),
    )
  }
}
