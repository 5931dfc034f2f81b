import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { abandonment } from '#platform/http/abandonment.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { Draft } from '../drafts/draft-wire.ts'
import { MessageParams } from '../reading/wire.ts'
import type { Act, Replies } from './replies.ts'
import { ForwardBody, ReplyBody } from './reply-wire.ts'

const answers: readonly { act: Act; summary: string; description: string }[] = [
  {
    act: 'reply',
    summary: 'Begin an answer to a message',
    description:
      'A draft to where its author wants answers, with one `Re:`, the signature above the quote, and its thread.',
  },
  {
    act: 'reply-all',
    summary: 'Begin an answer to all who had a message',
    description:
      'As a reply, to its author and all recipients but you, or to where Mail-Followup-To says that answers to all go.',
  },
  {
    act: 'forward',
    summary: 'Begin to pass a message on',
    description: 'A draft with the message as its text and its files attached, or with the message enclosed as it was.',
  },
]

export function replyRoutes(replies: Replies): FastifyPluginAsyncTypebox {
  return async (http) => {
    for (const { act, summary, description } of answers) {
      http.post(
        `/messages/:message_id/${act}`,
        {
          schema: {
            ...{ summary, description, tags: ['mail'], params: MessageParams, headers: idempotencyHeaders },
            body: act === 'forward' ? ForwardBody : ReplyBody,
            response: { 201: Draft },
          },
          config: {
            permission: 'mail:write',
            errors: {
              400: ['request_body_too_large'],
              403: ['mail.attachment_type_not_allowed'],
              409: ['mail.message_gone'],
              422: ['idempotency_key_reused'],
              502: ['upstream_unavailable'],
              504: ['upstream_timeout'],
              507: ['mail.attachment_storage_full'],
            },
          },
        },
        async ({ ownerId, params, body, headers }, reply) => {
          const request = { body, idempotencyKey: headers['idempotency-key'], signal: abandonment(reply) }
          const answer = await replies.create(ownerId, params.message_id, act, request)
          return reply.code(201).header('etag', answer.body.etag).send(answer.body)
        },
      )
    }
  }
}
