import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { originOf } from '#platform/audit/audit.ts'
import { AccountParams } from '../accounts/account-wire.ts'
import { Grant, GrantList, GrantParams, NewMemberBody } from './grant-wire.ts'
import type { Giver } from './grants.ts'
import type { Lending } from './lending.ts'

export const giverOf = (request: FastifyRequest): Giver => ({
  actorId: request.actor.personId,
  origin: originOf(request),
})

const placeOf = ({ ownerId, params }: { ownerId: string; params: { mail_account_id: string } }) => ({
  ...{ ownerId, mailAccountId: params.mail_account_id },
})

/** Who may do what in a mailbox, for those who manage it. */
export function grantRoutes(lending: Lending): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  return async (http) => {
    http.get(
      '/accounts/:mail_account_id/grants',
      {
        schema: {
          summary: 'Who has a role in a mailbox, beside its owner',
          ...{ tags, params: AccountParams, response: { 200: GrantList } },
        },
        config: { permission: 'mail:read' },
      },
      async ({ ownerId, params }) => ({ items: await lending.list(ownerId, params.mail_account_id) }),
    )

    http.put(
      '/accounts/:mail_account_id/grants',
      {
        schema: {
          summary: 'Give somebody a role in a mailbox, or another one than they have',
          description:
            'The first time this lends an account of yours: its mail moves to where others can see it, which takes a ' +
            'while in the background. Rules, labels and templates that are for all of your accounts stay yours alone.',
          ...{ tags, params: AccountParams, body: NewMemberBody, response: { 200: Grant } },
        },
        config: { permission: 'mail:write', errors: { 422: ['mail.member_unknown'] } },
      },
      (request) => lending.give(giverOf(request), placeOf(request), request.body),
    )

    http.delete(
      '/accounts/:mail_account_id/grants/:grant_id',
      {
        schema: {
          summary: 'Withdraw a role: at once, from open connections too',
          ...{ tags, params: GrantParams, response: { 204: Type.Null({ description: 'It is withdrawn.' }) } },
        },
        config: { permission: 'mail:write' },
      },
      async (request, reply) => {
        await lending.withdraw(giverOf(request), placeOf(request), request.params.grant_id)
        return reply.code(204).send(null)
      },
    )
  }
}
