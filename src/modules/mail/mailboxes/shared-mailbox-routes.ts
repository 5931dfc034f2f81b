import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { mailServerCodes } from '#integrations/mail-server/mail-server-error.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { giverOf } from './grant-routes.ts'
import { Grant, GrantList, NewGrantBody } from './grant-wire.ts'
import type { Grants } from './grants.ts'
import { MailboxGrantParams, MailboxParams, NewSharedMailboxBody, SharedMailbox } from './shared-mailbox-wire.ts'
import type { SharedMailboxes } from './shared-mailboxes.ts'

const Done = Type.Null({ description: 'It is done.' })

/** Mail accounts of the organisation and roles in any mailbox, for administrators. Below `/api/v1/admin`. */
export function sharedMailboxRoutes(mailboxes: SharedMailboxes, grants: Grants): FastifyPluginAsyncTypebox {
  const tags = ['admin']
  const permission = 'admin:users' as const
  return async (http) => {
    http.get(
      '/shared-mailboxes',
      {
        schema: {
          summary: 'Mail accounts of the organisation, oldest first',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(SharedMailbox) } },
        },
        config: { permission },
      },
      ({ query: { cursor, limit = 50 } }) => mailboxes.list({ cursor, limit }),
    )

    http.post(
      '/shared-mailboxes',
      {
        schema: {
          summary: 'Connect a mail account that several people use; both servers are signed in to first',
          ...{ tags, headers: idempotencyHeaders, body: NewSharedMailboxBody, response: { 201: SharedMailbox } },
        },
        config: {
          permission,
          errors: {
            403: ['mail.host_not_allowed'],
            422: [...mailServerCodes, 'mail.member_unknown', 'idempotency_key_reused'],
          },
        },
      },
      async (request, reply) => {
        const made = await mailboxes.create(giverOf(request), request.body, request.headers['idempotency-key'])
        return reply.code(201).send(made)
      },
    )

    http.get(
      '/shared-mailboxes/:mailbox_id',
      {
        schema: {
          summary: 'A mail account of the organisation',
          ...{ tags, params: MailboxParams, response: { 200: SharedMailbox } },
        },
        config: { permission },
      },
      ({ params }) => mailboxes.view(params.mailbox_id),
    )

    http.delete(
      '/shared-mailboxes/:mailbox_id',
      {
        schema: {
          summary: 'Disconnect a mail account of the organisation and forget all of it; its server keeps its mail',
          ...{ tags, params: MailboxParams, response: { 204: Done } },
        },
        config: { permission },
      },
      async (request, reply) => {
        await mailboxes.remove(giverOf(request), request.params.mailbox_id)
        return reply.code(204).send(null)
      },
    )

    http.get(
      '/shared-mailboxes/:mailbox_id/grants',
      {
        schema: {
          summary: 'Which people and groups have a role in a mailbox',
          ...{ tags, params: MailboxParams, response: { 200: GrantList } },
        },
        config: { permission },
      },
      async ({ params }) => ({ items: await grants.list(params.mailbox_id) }),
    )

    http.put(
      '/shared-mailboxes/:mailbox_id/grants',
      {
        schema: {
          summary: 'Give a person or a group a role in a mailbox, or another one than it has',
          ...{ tags, params: MailboxParams, body: NewGrantBody, response: { 200: Grant } },
        },
        config: { permission, errors: { 422: ['mail.member_unknown'] } },
      },
      (request) => grants.give(giverOf(request), request.params.mailbox_id, request.body),
    )

    http.delete(
      '/shared-mailboxes/:mailbox_id/grants/:grant_id',
      {
        schema: {
          summary: 'Withdraw a role: at once, from open connections too',
          ...{ tags, params: MailboxGrantParams, response: { 204: Done } },
        },
        config: { permission },
      },
      async (request, reply) => {
        await grants.withdraw(giverOf(request), request.params.mailbox_id, request.params.grant_id)
        return reply.code(204).send(null)
      },
    )
  }
}
