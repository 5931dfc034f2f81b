import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { conditionalHeaders } from '#platform/http/etag.ts'
import type { Profiles } from './profiles.ts'

const nullable = (options: { maxLength: number; minLength?: number; description: string }) =>
  Type.Union([Type.String(options), Type.Null()])

const Profile = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    email: Type.Union([Type.String(), Type.Null()]),
    username: Type.Union([Type.String(), Type.Null()]),
    display_name: Type.Union([Type.String(), Type.Null()]),
    locale: Type.Union([Type.String(), Type.Null()]),
    time_zone: Type.Union([Type.String(), Type.Null()]),
    groups: Type.Array(Type.String(), { description: 'As the newest token of the issuer says.' }),
    permissions: Type.Array(Type.String(), { description: 'What this credential may do.' }),
    credential: Type.String({ enum: ['token', 'session', 'personal_token'] }),
  },
  {
    examples: [
      {
        ...{ id: '0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b', email: 'alice@example.test', username: 'alice' },
        ...{ display_name: 'Alice Martin', locale: 'fr-CH', time_zone: 'Europe/Zurich', groups: ['staff'] },
        ...{ permissions: ['account:read', 'account:write', 'mail:read', 'mail:write'], credential: 'token' },
      },
    ],
  },
)

const Patch = Type.Object(
  {
    display_name: Type.Optional(nullable({ minLength: 1, maxLength: 200, description: "Null: the issuer's name." })),
    locale: Type.Optional(nullable({ minLength: 1, maxLength: 100, description: 'BCP 47, such as fr-CH.' })),
    time_zone: Type.Optional(nullable({ minLength: 1, maxLength: 100, description: 'IANA, such as Europe/Zurich.' })),
  },
  { minProperties: 1, examples: [{ display_name: 'Alice Martin', time_zone: 'Europe/Zurich' }] },
)

export function profileRoutes(profiles: Profiles): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/',
      {
        schema: { summary: 'Who you are and what you may do', tags: ['account'], response: { 200: Profile } },
        config: { permission: 'account:read' },
      },
      async (request, reply) => {
        const { profile, etag } = await profiles.view(request.actor)
        return reply.header('etag', etag).send(profile)
      },
    )

    http.patch(
      '/',
      {
        schema: {
          summary: 'Change your name, language or time zone',
          tags: ['account'],
          headers: conditionalHeaders,
          body: Patch,
          response: { 200: Profile },
        },
        config: { permission: 'account:write', errors: { 412: ['etag_mismatch'] } },
      },
      async (request, reply) => {
        const { profile, etag } = await profiles.change(request.actor, request.body, request.headers['if-match'])
        return reply.header('etag', etag).send(profile)
      },
    )
  }
}
