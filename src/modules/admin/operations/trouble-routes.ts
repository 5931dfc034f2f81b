import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { page, pageQuery } from '#platform/http/routes.ts'
import { callerOf, Nothing } from '../admin-schemas.ts'
import type { DriveQuotaTroubles } from './drive-quota-troubles.ts'
import { DeadLetter, OfPerson, TroubledAccount, TroubledDriveQuota, TroubledMessage } from './trouble-wire.ts'
import type { Troubles } from './troubles.ts'

const tags = ['admin']
const permission = 'admin:operations' as const
const querystring = Type.Object(pageQuery)
const response = { 204: Nothing }
const placeOf = ({ person_id: personId, id }: { person_id: string; id: string }) => ({ personId, id })

export function troubleRoutes(troubles: Troubles, driveQuotas: DriveQuotaTroubles): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/operations/mail-accounts',
      {
        schema: {
          summary: 'Mail accounts in trouble: the reason, and what helps',
          ...{ tags, querystring, response: { 200: page(TroubledAccount) } },
        },
        config: { permission },
      },
      ({ query: { limit = 50, cursor } }) => troubles.accounts({ limit, cursor }),
    )

    http.get(
      '/operations/drive-quotas',
      {
        schema: {
          summary: 'People of whose quota Nextcloud could not be told: the reason, and what helps',
          ...{ tags, querystring, response: { 200: page(TroubledDriveQuota) } },
        },
        config: { permission },
      },
      ({ query: { limit = 50, cursor } }) => driveQuotas.list({ limit, cursor }),
    )

    http.get(
      '/operations/outbox',
      {
        schema: {
          summary: 'Messages that failed, wait for another try, or of which nobody knows',
          ...{ tags, querystring, response: { 200: page(TroubledMessage) } },
        },
        config: { permission },
      },
      ({ query: { limit = 50, cursor } }) => troubles.outbox({ limit, cursor }),
    )
    http.post(
      '/operations/outbox/:person_id/:id/retry',
      {
        schema: { summary: 'Try a message now', ...{ tags, params: OfPerson, response } },
        config: { permission, errors: { 409: ['mail.nothing_to_retry', 'mail.outcome_unknown'] } },
      },
      async (request, reply) => {
        await troubles.retryMessage(callerOf(request), placeOf(request.params))
        return reply.code(204).send(null)
      },
    )
    http.delete(
      '/operations/outbox/:person_id/:id',
      {
        schema: { summary: 'Drop a message: nobody gets it any more', ...{ tags, params: OfPerson, response } },
        config: { permission, errors: { 409: ['mail.already_sent'] } },
      },
      async (request, reply) => {
        await troubles.dropMessage(callerOf(request), placeOf(request.params))
        return reply.code(204).send(null)
      },
    )

    http.get(
      '/operations/dead-letters',
      {
        schema: {
          summary: 'Deliveries of webhooks that were given up',
          ...{ tags, querystring, response: { 200: page(DeadLetter) } },
        },
        config: { permission },
      },
      ({ query: { limit = 50, cursor } }) => troubles.deadLetters({ limit, cursor }),
    )
    http.post(
      '/operations/dead-letters/:person_id/:id/retry',
      {
        schema: { summary: 'Send a delivery once more', ...{ tags, params: OfPerson, response } },
        config: { permission },
      },
      async (request, reply) => {
        await troubles.retryDelivery(callerOf(request), placeOf(request.params))
        return reply.code(204).send(null)
      },
    )
    http.delete(
      '/operations/dead-letters/:person_id/:id',
      {
        schema: { summary: 'Drop a delivery that was given up', ...{ tags, params: OfPerson, response } },
        config: { permission },
      },
      async (request, reply) => {
        await troubles.dropDelivery(callerOf(request), placeOf(request.params))
        return reply.code(204).send(null)
      },
    )
  }
}
