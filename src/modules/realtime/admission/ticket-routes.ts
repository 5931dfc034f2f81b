import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { type Tickets, ticketSeconds } from './tickets.ts'

export function ticketRoutes(tickets: Tickets): FastifyPluginAsyncTypebox {
  return async (http) => {
    const Ticket = Type.Object(
      { ticket: Type.String(), expires_in: Type.Integer({ description: 'Seconds.' }) },
      { examples: [{ ticket: 'AZehsjxNfl-KmwwdLj9KWzJ4bnBRc3R1dnd4eXphYmNkZWZnaGlqaw', expires_in: 30 }] },
    )
    http.post(
      '/tickets',
      {
        schema: {
          summary: 'A single-use ticket for /ws or /api/v1/events/stream',
          description:
            'For clients that cannot send a header: `?ticket=`. The connection that it opens may do what you may, and ' +
            'ends with the token or session that you ask with.',
          tags: ['realtime'],
          response: { 201: Ticket },
        },
        config: { permission: 'realtime:read' },
      },
      async (request, reply) => {
        const { credentialId, expiresAt, permissions } = request.actor
        const ticket = await tickets.issue({ ownerId: request.ownerId, credentialId, expiresAt, permissions })
        return reply.code(201).send({ ticket, expires_in: ticketSeconds })
      },
    )
  }
}
