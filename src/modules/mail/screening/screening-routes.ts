import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { page, pageQuery } from '#platform/http/routes.ts'
import { Id } from '../reading/wire.ts'
import type { BlockedSender } from './blocked-sender-store.ts'
import type { BlockedSenders } from './blocked-senders.ts'
import type { MutedThreads } from './muted-threads.ts'

const Time = Type.String({ format: 'date-time' })
const BlockedSenderAnswer = Type.Object({
  id: Id,
  sender: Type.String({ description: 'An address, or a domain with all below it.' }),
  created_at: Time,
})
const NewBlockedSender = Type.Object({
  sender: Type.String({ minLength: 3, maxLength: 320, description: 'An address or a domain.' }),
})
const MutedThread = Type.Object({ thread_id: Id, created_at: Time })
const ThreadParams = Type.Object({ thread_id: Id })
const Nothing = (description: string) => Type.Null({ description })

const answerOf = ({ id, sender, created_at }: BlockedSender) => ({ id, sender, created_at: created_at.toISOString() })

export function screeningRoutes(senders: BlockedSenders, threads: MutedThreads): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  const listed = { tags, querystring: Type.Object(pageQuery) }
  return async (http) => {
    http.get(
      '/blocked-senders',
      {
        schema: {
          summary: 'Senders whose mail goes into Junk',
          ...listed,
          response: { 200: page(BlockedSenderAnswer) },
        },
        config: { permission: 'mail:read' },
      },
      async ({ ownerId, query }) => {
        const found = await senders.list(ownerId, { cursor: query.cursor, limit: query.limit ?? 50 })
        return { ...found, items: found.items.map(answerOf) }
      },
    )

    http.post(
      '/blocked-senders',
      {
        schema: {
          summary: 'Block a sender: their mail goes into Junk from now on',
          description: 'What came before stays where it is. Whom you block already is answered as it is.',
          ...{ tags, body: NewBlockedSender, response: { 201: BlockedSenderAnswer } },
        },
        config: {
          permission: 'mail:write',
          errors: { 422: ['mail.sender_invalid', 'mail.sender_is_yourself', 'mail.too_many_blocked_senders'] },
        },
      },
      async ({ ownerId, body }, reply) => reply.code(201).send(answerOf(await senders.block(ownerId, body.sender))),
    )

    http.delete(
      '/blocked-senders/:blocked_sender_id',
      {
        schema: {
          summary: 'Unblock a sender',
          ...{
            tags,
            params: Type.Object({ blocked_sender_id: Id }),
            response: { 204: Nothing('Their mail is welcome.') },
          },
        },
        config: { permission: 'mail:write' },
      },
      async ({ ownerId, params }, reply) => {
        await senders.unblock(ownerId, params.blocked_sender_id)
        return reply.code(204).send(null)
      },
    )

    http.get(
      '/muted-threads',
      {
        schema: { summary: 'Conversations that you muted', ...listed, response: { 200: page(MutedThread) } },
        config: { permission: 'mail:read' },
      },
      async ({ ownerId, query }) => {
        const found = await threads.list(ownerId, { cursor: query.cursor, limit: query.limit ?? 50 })
        const items = found.items.map((one) => ({ ...one, created_at: one.created_at.toISOString() }))
        return { ...found, items }
      },
    )

    http.put(
      '/threads/:thread_id/mute',
      {
        schema: {
          summary: 'Mute a conversation: its later messages go into the archive instead of the inbox',
          ...{ tags, params: ThreadParams, response: { 204: Nothing('It is muted.') } },
        },
        config: { permission: 'mail:write' },
      },
      async ({ ownerId, params }, reply) => {
        await threads.mute(ownerId, params.thread_id)
        return reply.code(204).send(null)
      },
    )

    http.delete(
      '/threads/:thread_id/mute',
      {
        schema: {
          summary: 'Let the messages of a conversation come into the inbox again',
          ...{ tags, params: ThreadParams, response: { 204: Nothing('It is not muted.') } },
        },
        config: { permission: 'mail:write' },
      },
      async ({ ownerId, params }, reply) => {
        await threads.unmute(ownerId, params.thread_id)
        return reply.code(204).send(null)
      },
    )
  }
}
