import type { ServerResponse } from 'node:http'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { Admission } from '../admission/admission.ts'
import type { Connections } from '../connections.ts'
import { ConnectionQuery, positionOf, wishesOf } from './connection-query.ts'
import { createStreamTransport } from './stream.ts'

/** The messages of `/ws` for clients without WebSocket. */
export function streamRoutes(deps: { admit: Admission; connections: Connections }): FastifyPluginAsyncTypebox {
  const { admit, connections } = deps
  return async (http) => {
    http.get(
      '/events/stream',
      {
        // There is no end of it that a HEAD could wait for.
        exposeHeadRoute: false,
        schema: {
          summary: "The owner's events as they happen, as Server-Sent Events",
          description,
          tags: ['realtime'],
          security: [{ bearer: [] }, { session: [] }, {}],
          querystring: ConnectionQuery,
          headers: Type.Object({
            'last-event-id': Type.Optional(Type.String({ maxLength: 20, pattern: '^\\d*$', examples: ['42'] })),
          }),
          response: { 200: { description: 'Messages.', content: { 'text/event-stream': { schema: Type.String() } } } },
        },
        config: {
          permission: 'public',
          isLongLived: true,
          errors: { 401: ['auth.missing_token', 'auth.invalid_token', 'auth.expired_token'], 403: ['auth.forbidden'] },
        },
      },
      async (request, reply) => {
        const { ticket, resume_from, subscribe } = request.query
        const wishes = wishesOf(subscribe)
        const resumeFrom = resumeFromOf(request.headers['last-event-id'], resume_from)
        const holder = await admit(request, ticket)
        const answer = takeOver(reply)
        connections.serve({
          ...{ holder, resumeFrom, wishes, transport: createStreamTransport(answer) },
          onClosed: (listener) => answer.once('close', listener),
        })
      },
    )
  }
}

/** Fastify's own streams end with their source, and wait where a slow reader is to be noticed. */
function takeOver(reply: FastifyReply): ServerResponse {
  reply.hijack()
  const { raw } = reply
  for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...streamHeaders })) {
    if (value !== undefined) raw.setHeader(name, value)
  }
  return raw
}

/** nginx reads the last of them: it would hold messages back until a buffer is full. */
const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
} as const

/** A browser that reconnects asks for the address that it was given first, and says besides how far it came. */
const resumeFromOf = (lastEventId: string | undefined, resumeFrom: number | undefined): number | undefined =>
  positionOf(lastEventId ? Number(lastEventId) : resumeFrom)

const description =
  'The messages of `/ws` as `data`, with their `seq` as `id`; `Last-Event-ID` wins over `resume_from`. Before the ' +
  'server ends the stream it says why: `{"type":"closed","code":4001,"message":"…"}`, with the codes of `/ws`. To ' +
  'subscribe to something else, connect anew. A ticket opens one connection: a browser that is to reconnect by itself ' +
  'comes with its session cookie.'
