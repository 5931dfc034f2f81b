import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { MessageChanges } from '../changes/message-changes.ts'
import { MessageParams, MessageSummary } from '../reading/wire.ts'

const SnoozeBody = Type.Object({
  until: Type.String({ format: 'date-time', description: 'When it is to come back; within five years.' }),
})

export function snoozeRoutes(changes: MessageChanges): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  return async (http) => {
    http.put(
      '/messages/:message_id/snooze',
      {
        schema: {
          summary: 'Put a message off: it leaves the inbox and comes back on top of it at that time',
          description: 'On the mail server it stays where it is, so that other mail programs still show it there.',
          ...{ tags, params: MessageParams, body: SnoozeBody, response: { 200: MessageSummary } },
        },
        config: {
          permission: 'mail:write',
          errors: { 422: ['mail.not_snoozable', 'mail.snooze_time_invalid', 'mail.special_folder_missing'] },
        },
      },
      ({ ownerId, params, body }) =>
        changes.act(ownerId, params.message_id, { kind: 'snooze', until: new Date(body.until) }),
    )

    http.delete(
      '/messages/:message_id/snooze',
      {
        schema: {
          summary: 'End the snooze of a message: it comes back now',
          ...{ tags, params: MessageParams, response: { 200: MessageSummary } },
        },
        config: { permission: 'mail:write', errors: { 422: ['mail.special_folder_missing'] } },
      },
      ({ ownerId, params }) => changes.act(ownerId, params.message_id, { kind: 'unsnooze' }),
    )
  }
}
