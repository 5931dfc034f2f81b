import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { MailboxAccess } from './mailbox-access.ts'
import { idsNamedIn } from './named-ids.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on routes of mail: whose mail lists show. `ownerId`, and all readable mailboxes where none is named. */
    readableOwnerIds: readonly string[]
  }
}

const prefix = '/api/v1/mail'

/** Lets every route of a plugin be about a mailbox in which its actor has a role. */
export const enterMailboxes =
  (access: MailboxAccess, plugin: FastifyPluginAsyncTypebox): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.decorateRequest('readableOwnerIds', null as never)
    // Once the request is read: its ids may tell which mailbox it is about.
    http.addHook('preHandler', async (request) => {
      request.readableOwnerIds = [request.ownerId]
      if (request.routeConfig.permission === 'public') return
      const mailAccountId = request.headers['mail-account']
      const place = await access.place({
        ...{ personId: request.actor.personId, route: routeOf(request), body: request.body },
        mailAccountId: mailAccountId === undefined ? undefined : String(mailAccountId),
        ids: () => idsNamedIn(request),
      })
      Object.assign(request, place)
    })
    await http.register(plugin)
  }

const routeOf = ({ method, routeConfig: { url = '' } }: FastifyRequest): string =>
  `${method === 'HEAD' ? 'GET' : method} ${url.slice(prefix.length)}`
