import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { immichErrors, withImmichErrors } from '#integrations/immich/immich-errors.ts'
import { originOf } from '#platform/audit/audit.ts'
import type { Accounts } from './accounts.ts'

const tags = ['photos']
const orNull = (schema: ReturnType<typeof Type.String>) => Type.Union([schema, Type.Null()])

const Account = Type.Object(
  {
    state: Type.String({
      enum: ['ready', 'made_at_first_use', 'link_required'],
      description: 'link_required: send an API key of yours. made_at_first_use: nothing is to be done.',
    }),
    origin: orNull(Type.String({ enum: ['created', 'linked'] })),
    email: orNull(Type.String({ description: 'Your address at Immich.' })),
    immich_version: Type.String(),
  },
  { examples: [{ state: 'ready', origin: 'created', email: 'alice@ulti.example', immich_version: '3.2.0' }] },
)
const KeyBody = Type.Object(
  {
    api_key: Type.String({
      minLength: 16,
      maxLength: 200,
      pattern: '^[\\w.~+/=-]+$',
      examples: ['hR2vYw7Q0mT1sK8xLbN5'],
    }),
  },
  { examples: [{ api_key: 'mVkW3a9cQxL1v0bN8sYtR2uE5oHdPzKfGjXi7AqBwMc' }] },
)

/** Who somebody is at Immich. No answer ever holds a key. */
export function accountRoutes(accounts: Accounts): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/account',
      {
        schema: { summary: 'Your account at Immich, where your photos are', tags, response: { 200: Account } },
        config: { permission: 'photos:read', errors: immichErrors },
      },
      ({ ownerId }) => accounts.view(ownerId),
    )

    http.put(
      '/account',
      {
        schema: {
          summary: 'Link your account at Immich by an API key of yours',
          description:
            'It takes the place of the one before, and is kept encrypted. What it needs to be allowed: asset, album, ' +
            'albumAsset, albumUser, person, face, sharedLink, memory, map and user.read.',
          ...{ tags, body: KeyBody, response: { 200: Account } },
        },
        config: {
          ...{ permission: 'photos:write', isSignIn: true },
          errors: withImmichErrors({ 409: ['photos.account_taken'], 422: ['photos.key_invalid'] }),
        },
      },
      (request) => accounts.link(request.ownerId, request.body.api_key, originOf(request)),
    )

    http.delete(
      '/account',
      {
        schema: {
          summary: 'Forget the API key that you linked',
          ...{ tags, response: { 204: Type.Null({ description: 'Forgotten. Delete it at Immich as well.' }) } },
        },
        config: { permission: 'photos:write', errors: { 404: ['not_found'] } },
      },
      async (request, reply) => {
        await accounts.unlink(request.ownerId, originOf(request))
        return reply.code(204).send(null)
      },
    )
  }
}
