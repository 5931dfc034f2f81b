import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { Id } from '../reading/wire.ts'
import { VacationBody, VacationSettings } from './vacation-wire.ts'
import type { Vacations } from './vacations.ts'

const tags = ['mail']
const params = Type.Object({ mail_account_id: Id })

export function vacationRoutes(vacations: Vacations): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/accounts/:mail_account_id/vacation',
      {
        schema: {
          summary: 'What is answered for you while you are away',
          ...{ tags, params, response: { 200: VacationSettings } },
        },
        config: { permission: 'mail:read' },
      },
      async ({ ownerId, params: { mail_account_id } }, reply) => {
        const settings = await vacations.view(ownerId, mail_account_id)
        return reply.header('etag', settings.etag).send(settings)
      },
    )

    http.put(
      '/accounts/:mail_account_id/vacation',
      {
        schema: {
          summary: 'Say what is answered for you while you are away',
          description:
            'Each sender is answered once in `repeat_days`; lists, machines, junk and those who wrote to you only in a ' +
            'blind copy are not (RFC 3834). A new text is sent to everybody anew.',
          tags,
          params,
          headers: Type.Object({ 'if-match': conditionalHeaders.properties['if-match'] }),
          body: VacationBody,
          response: { 200: VacationSettings },
        },
        config: { permission: 'mail:write', errors: { 412: ['etag_mismatch'] } },
      },
      async ({ ownerId, params: { mail_account_id }, body, headers }, reply) => {
        const settings = await vacations.put(ownerId, mail_account_id, body, headers['if-match'])
        return reply.header('etag', settings.etag).send(settings)
      },
    )
  }
}
