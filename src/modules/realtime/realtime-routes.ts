import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type {} from '@fastify/websocket'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { WebSocket } from 'ws'
import type { Authenticate } from '#platform/auth/authentication.ts'
import { isAllowed } from '#platform/auth/permissions.ts'
import { AppError } from '#platform/errors.ts'
import type { Admitted } from './admitted.ts'
import type { Hub } from './hub.ts'
import type { RealtimeMetrics } from './metrics.ts'
import { closeCodes, createSocketClient, watchSocket } from './socket.ts'
import { type TicketHolder, type Tickets, ticketSeconds } from './tickets.ts'

const maxSocketsPerOwner = 50

export function ticketRoutes(tickets: Tickets): FastifyPluginAsyncTypebox {
  return async (http) => {
    const Ticket = Type.Object({ ticket: Type.String(), expires_in: Type.Integer({ description: 'Seconds.' }) })
    http.post(
      '/tickets',
      {
        schema: { summary: 'A single-use ticket for /ws?ticket=', tags: ['realtime'], response: { 201: Ticket } },
        config: { permission: 'realtime:read' },
      },
      async (request, reply) => {
        const { credentialId, expiresAt } = request.actor
        const ticket = await tickets.issue({ ownerId: request.ownerId, credentialId, expiresAt })
        return reply.code(201).send({ ticket, expires_in: ticketSeconds })
      },
    )
  }
}

const SocketQuery = Type.Object({
  ticket: Type.Optional(Type.String({ maxLength: 100 })),
  resume_from: Type.Optional(Type.Integer({ minimum: 0, description: 'The last `seq` that the client has seen.' })),
})

/** `/ws`: first `{ type: "hello", seq }`, then the owner's events, each with its sequence number. */
export function socketRoutes(deps: {
  hub: Hub
  admitted: Admitted
  tickets: Tickets
  authenticate: Authenticate
  metrics: RealtimeMetrics
}): FastifyPluginAsyncTypebox {
  const holders = new WeakMap<FastifyRequest, TicketHolder>()
  return async (http) => {
    http.route({
      method: 'GET',
      url: '/ws',
      schema: {
        summary: "The owner's events as they happen, by WebSocket",
        description:
          'Sends `{"type":"hello","seq":N}`, then events `{"type":"mail.message_created","seq":N,"at":"…","data":{…}}`. ' +
          'With `resume_from` what was missed comes first, or `{"type":"resync","seq":N}` when it is no longer kept. ' +
          'Takes a token or a session cookie as every route does, or a ticket. ' +
          'Closes with 4001 (token expired or session ended), 4008 (too slow), 4029 (too many sockets), 1001 (node stops).',
        tags: ['realtime'],
        security: [{ bearer: [] }, { session: [] }, {}],
        querystring: SocketQuery,
        response: { 101: Type.Null({ description: 'Switching protocols' }) },
      },
      config: {
        permission: 'public',
        errors: {
          401: ['auth.missing_token', 'auth.invalid_token', 'auth.expired_token'],
          403: ['auth.forbidden', 'auth.csrf'],
        },
      },
      preHandler: async (request) => {
        holders.set(request, await holderOf(request, deps))
      },
      handler: async () => {
        throw new AppError('invalid', 'invalid_request_body', 'Connect to /ws by WebSocket.')
      },
      wsHandler: async (socket: WebSocket, request) => {
        const holder = holders.get(request)
        if (holder) await serve(socket, request, holder, deps)
      },
    })
  }
}

type Admission = { tickets: Tickets; authenticate: Authenticate }

async function holderOf(request: FastifyRequest, { tickets, authenticate }: Admission): Promise<TicketHolder> {
  const { ticket } = request.query as { ticket?: string }
  if (ticket !== undefined) return tickets.redeem(ticket)
  const actor = await authenticate(request)
  if (!isAllowed(actor.permissions, 'realtime:read')) {
    throw new AppError(
      'forbidden',
      'auth.forbidden',
      'You lack the permission realtime:read; ask your administrator for it.',
    )
  }
  return { ownerId: actor.personId, credentialId: actor.credentialId, expiresAt: actor.expiresAt }
}

async function serve(
  socket: WebSocket,
  request: FastifyRequest,
  holder: TicketHolder,
  { hub, admitted, metrics }: { hub: Hub; admitted: Admitted; metrics: RealtimeMetrics },
): Promise<void> {
  if (hub.connectionsOf(holder.ownerId) >= maxSocketsPerOwner) {
    return socket.close(closeCodes.tooMany, 'too many sockets; close one')
  }
  metrics.connections.inc()
  const stopWatching = watchSocket(socket, holder.expiresAt)
  const release = admitted.add(holder, () => socket.close(closeCodes.tokenExpired, 'the session has ended'))
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', (error) => request.log.debug({ err: error }, 'socket failed'))
  const client = createSocketClient(socket, () => metrics.delivered.inc())
  const { resume_from } = request.query as { resume_from?: number }
  try {
    const leave = await hub.join(holder.ownerId, client, resume_from)
    await closed
    leave()
  } catch (error) {
    request.log.error({ err: error }, 'socket could not join')
    socket.close(1011, 'try again')
  } finally {
    stopWatching()
    release()
    metrics.connections.dec()
  }
}
