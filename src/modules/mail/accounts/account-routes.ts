import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { mailServerCodes } from '#integrations/mail-server/mail-server-error.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { AccountParams, NewAccountBody, SeenAccount } from './account-wire.ts'
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
          response: { 201: SeenAccount },
        },
        config: {
          permission: 'mail:write',
          feature: 'mail.connecting',
          isSignIn: true,
          errors: {
            403: ['mail.host_not_allowed'],
            409: ['mail.account_exists'],
            422: [...mailServerCodes, 'idempotency_key_reused'],
            507: ['mail.storage_full'],
          },
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
          summary: 'Connected mailboxes, oldest first: your own, and those in which you have a role',
          tags: ['mail'],
          querystring: Type.Object(pageQuery),
          response: { 200: page(SeenAccount) },
        },
        config: { permission: 'mail:read' },
      },
      ({ actor, readableOwnerIds: ownerIds, query }) =>
        accounts.list({ personId: actor.personId, ownerIds }, { cursor: query.cursor, limit: query.limit ?? 50 }),
    )

    http.get(
      '/accounts/:mail_account_id',
      {
        schema: {
          summary: 'A connected mailbox with the state of its sync',
          tags: ['mail'],
          params: AccountParams,
          response: { 200: SeenAccount },
        },
        config: { permission: 'mail:read' },
      },
      ({ actor, ownerId, params }) => accounts.view(actor.personId, ownerId, params.mail_account_id),
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
