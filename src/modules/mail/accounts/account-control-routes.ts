import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { mailServerCodes } from '#integrations/mail-server/mail-server-error.ts'
import { originOf } from '#platform/audit/audit.ts'
import type { AccountChanges } from './account-changes.ts'
import type { AccountPauses } from './account-pauses.ts'
import { Account, AccountChangeBody, AccountParams } from './account-wire.ts'

const write = { permission: 'mail:write' } as const

export function accountControlRoutes(changes: AccountChanges, pauses: AccountPauses): FastifyPluginAsyncTypebox {
  const shared = { tags: ['mail'], params: AccountParams }
  return async (http) => {
    http.patch(
      '/accounts/:mail_account_id',
      {
        schema: {
          summary: 'Rename a mailbox, or give it other servers or passwords, which are signed in to first',
          ...shared,
          body: AccountChangeBody,
          response: { 200: Account },
        },
        config: {
          ...write,
          errors: {
            403: ['mail.host_not_allowed'],
            409: ['mail.account_exists', 'mail.account_uses_oauth'],
            422: [...mailServerCodes, 'mail.password_required'],
          },
        },
      },
      (request) =>
        changes.change(request.ownerId, request.params.mail_account_id, request.body, {
          actorId: request.actor.personId,
          origin: originOf(request),
        }),
    )

    http.put(
      '/accounts/:mail_account_id/pause',
      {
        schema: {
          summary: 'Stop syncing a mailbox; what is synced stays readable, and mail can be sent',
          ...shared,
          response: { 200: Account },
        },
        config: write,
      },
      ({ ownerId, params }) => pauses.pause(ownerId, params.mail_account_id),
    )

    http.delete(
      '/accounts/:mail_account_id/pause',
      {
        schema: {
          summary: 'Go on syncing a paused mailbox',
          ...shared,
          response: { 204: Type.Null({ description: 'It is synced.' }) },
        },
        config: write,
      },
      async ({ ownerId, params }, reply) => {
        await pauses.resume(ownerId, params.mail_account_id)
        return reply.code(204).send(null)
      },
    )

    http.post(
      '/accounts/:mail_account_id/sync',
      {
        schema: {
          summary: 'Look at all folders of a mailbox now; `sync.last_synced_at` tells when that is done',
          ...shared,
          response: { 202: Account },
        },
        config: { ...write, errors: { 409: ['mail.account_paused'] } },
      },
      async ({ ownerId, params }, reply) => reply.code(202).send(await pauses.syncNow(ownerId, params.mail_account_id)),
    )
  }
}
