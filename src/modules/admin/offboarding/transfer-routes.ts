import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { callerOf } from '../admin-schemas.ts'
import { PersonParams } from '../people/person-wire.ts'
import { Transfer, TransferBody, TransferList, TransferParams } from './transfer-wire.ts'
import type { Transfers } from './transfers.ts'

const tags = ['admin']
const permission = 'admin:users' as const

export function transferRoutes(transfers: Transfers): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/people/:person_id/transfers',
      {
        schema: {
          summary: 'Hand what is a person’s to somebody else',
          description:
            'Mail accounts with their rules, meetings, and copies of files, calendars and contacts, which lie in places ' +
            'that say from whom they come. Ask for it before a suspension: Nextcloud gives nothing of whom it does not ' +
            'let in. Asked for again, it goes on with what was not handed over.',
          ...{ tags, params: PersonParams, body: TransferBody, response: { 202: Transfer } },
        },
        config: {
          permission,
          errors: { 409: ['admin.transfer_running'], 422: ['admin.unknown_recipient'] },
        },
      },
      async (request, reply) =>
        reply.code(202).send(await transfers.request(callerOf(request), request.params.person_id, request.body)),
    )

    http.get(
      '/people/:person_id/transfers',
      {
        schema: {
          summary: 'What of a person was handed over, and to whom: the last 50 times, newest first',
          ...{ tags, params: PersonParams, response: { 200: TransferList } },
        },
        config: { permission },
      },
      ({ params }) => transfers.list(params.person_id),
    )

    http.get(
      '/people/:person_id/transfers/:transfer_id',
      {
        schema: { summary: 'How far a transfer is', tags, params: TransferParams, response: { 200: Transfer } },
        config: { permission },
      },
      ({ params }) => transfers.view({ ownerId: params.person_id, id: params.transfer_id }),
    )
  }
}
