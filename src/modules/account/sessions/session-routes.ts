import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { originOf } from '#platform/audit/audit.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { OwnSessions } from './own-sessions.ts'

const CurrentSession = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    person_id: Type.String({ format: 'uuid' }),
    csrf_token: Type.String({
      description: 'Send it as X-CSRF-Token with every write. Also in the cookie `ulti_csrf`.',
    }),
  },
  {
    examples: [
      {
        id: '0197a1c0-1111-7222-8333-444455556666',
        person_id: '0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b',
        csrf_token: 'mN0pQrStUvWxYz0123456789abcdefghijklmnopqrs',
      },
    ],
  },
)
const Session = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    is_current: Type.Boolean(),
    user_agent: Type.String(),
    address: Type.Union([Type.String(), Type.Null()]),
    created_at: Type.String({ format: 'date-time' }),
    last_used_at: Type.String({ format: 'date-time', description: 'To the minute.' }),
    expires_at: Type.String({ format: 'date-time' }),
  },
  {
    examples: [
      {
        ...{ id: '0197a1c0-1111-7222-8333-444455556666', is_current: true, address: '203.0.113.7' },
        user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        created_at: '2026-05-22T07:30:00.000Z',
        last_used_at: '2026-05-23T09:00:00.000Z',
        expires_at: '2026-06-21T07:30:00.000Z',
      },
    ],
  },
)

export function sessionRoutes(sessions: OwnSessions): FastifyPluginAsyncTypebox {
  const tags = ['account']
  return async (http) => {
    http.get(
      '/session',
      {
        schema: {
          summary: 'The browser session of this request, with its CSRF token',
          ...{ tags, response: { 200: CurrentSession } },
        },
        config: { permission: 'signed_in', errors: { 404: ['not_found'] } },
      },
      async (request, reply) => {
        reply.header('cache-control', 'no-store')
        return sessions.current(request.actor, request.headers.cookie)
      },
    )

    http.get(
      '/sessions',
      {
        schema: {
          summary: 'The browsers in which you are signed in, newest first',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(Session) } },
        },
        config: { permission: 'account:read' },
      },
      ({ actor, query }) => sessions.list(actor, { limit: query.limit ?? 50, cursor: query.cursor }),
    )

    http.delete(
      '/sessions/:id',
      {
        schema: {
          summary: 'Sign a browser out',
          ...{ tags, params: Type.Object({ id: Type.String({ format: 'uuid' }) }) },
          response: { 204: Type.Null({ description: 'It is signed out, and its sockets are closed.' }) },
        },
        config: { permission: 'account:write' },
      },
      async (request, reply) => {
        await sessions.end(request.actor, request.params.id, originOf(request))
        return reply.code(204).send(null)
      },
    )

    http.delete(
      '/sessions',
      {
        schema: {
          summary: 'Sign all other browsers out',
          ...{ tags, response: { 204: Type.Null({ description: 'Only the one that asked is still signed in.' }) } },
        },
        config: { permission: 'account:write' },
      },
      async (request, reply) => {
        await sessions.endOthers(request.actor, originOf(request))
        return reply.code(204).send(null)
      },
    )
  }
}
