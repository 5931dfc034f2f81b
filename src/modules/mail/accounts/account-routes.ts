import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { mailServerCodes } from '#integrations/mail-server/mail-server-error.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { Account, AccountParams, NewAccountBody } from './account-wire.ts'
import type { Accounts } from './accounts.ts'

export function accountRoutes(accounts: Accounts): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/accounts',
      {
        schema: {
          summary: 'Connect a mailbox over IMAP and SMTP; both are signed in to before anything is stored',
          tags: ['mail'],
          headers: idempotencyHeaders,
          body: NewAccountBody,
          response: { 201: Account },
        },
        config: {
          permission: 'mail:write',
          isSignIn: true,
          errors: { 409: ['mail.account_exists'], 422: [...mailServerCodes, 'idempotency_key_reused'] },
        },
      },
      async ({ ownerId, body, headers }, reply) => {
        const answer = await accounts.create(ownerId, body, headers['idempotency-key'])
        return reply.code(201).send(answer.body)
      },
    )

    http.get(
      '/accounts',
      {
        schema: {
          summary: 'Connected mailboxes, oldest first',
          tags: ['mail'],
          querystring: Type.Object(pageQuery),
          response: { 200: page(Account) },
        },
        config: { permission: 'mail:read' },
      },
      ({ ownerId, query }) => accounts.list(ownerId, { cursor: query.cursor, limit: query.limit ?? 50 }),
    )

    http.get(
      '/accounts/:mail_account_id',
      {
        schema: {
          summary: 'A connected mailbox with the state of its sync',
          tags: ['mail'],
          params: AccountParams,
          response: { 200: Account },
        },
        config: { permission: 'mail:read' },
      },
      ({ ownerId, params }) => accounts.view(ownerId, params.mail_account_id),
    )

    http.delete(
      '/accounts/:mail_account_id',
      {
        schema: {
          summary: 'Disconnect a mailbox and forget all of it; the mail server keeps its mail',
          tags: ['mail'],
          params: AccountParams,
          response: { 204: Type.Null({ description: 'Gone.' }) },
        },
        config: { permission: 'mail:write' },
      },
      async ({ ownerId, params }, reply) => {
        await accounts.delete(ownerId, params.mail_account_id)
        return reply.code(204).send(null)
      },
    )
  }
}
