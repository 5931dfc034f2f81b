import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Authorizations } from './authorizations.ts'

const NewAuthorization = Type.Object({
  provider: Type.String({ maxLength: 31, description: 'As `oauth_provider` of a discovered candidate.' }),
  email: Type.String({ format: 'email', maxLength: 254, description: 'The address of the mailbox.' }),
  name: Type.Optional(Type.String({ maxLength: 100, pattern: '^[^\\u0000-\\u001f\\u007f]*$', examples: ['Work'] })),
  mail_account_id: Type.Optional(
    Type.String({ format: 'uuid', description: 'An account of the same mailbox that is to be signed in to anew.' }),
  ),
  return_to: Type.String({
    maxLength: 2000,
    description: 'A path of this service or an address of an allowed front end; gets `mail_account_id` or `error`.',
  }),
})

export function oauthRoutes(authorizations: Authorizations): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))

    http.post(
      '/oauth/authorizations',
      {
        schema: {
          summary: 'Begin to connect a mailbox by signing in at its provider: send this browser to authorization_url',
          description:
            'The answer sets a cookie without which the sign-in cannot end: call this from the browser that is sent on.',
          tags: ['mail'],
          body: NewAuthorization,
          response: {
            201: Type.Object({ authorization_url: Type.String(), expires_at: Type.String({ format: 'date-time' }) }),
          },
        },
        config: {
          ...{ permission: 'mail:write', feature: 'mail.connecting', isSignIn: true },
          errors: {
            400: ['auth.return_to_refused'],
            404: ['not_found'],
            409: ['mail.oauth_account_mismatch'],
            422: ['mail.oauth_provider_unknown'],
          },
        },
      },
      async ({ ownerId, body }, reply) => {
        const { url, expiresAt, cookie } = await authorizations.start(ownerId, body)
        return reply
          .code(201)
          .header('set-cookie', cookie)
          .send({ authorization_url: url, expires_at: expiresAt.toISOString() })
      },
    )

    http.get(
      '/oauth/callback',
      {
        schema: {
          summary: 'Where a mail provider sends the browser back to; redirects to return_to',
          tags: ['mail'],
          // RFC 6749 §4.1.2: parameters that are not known are ignored.
          querystring: Type.Object(
            {
              state: Type.String({ maxLength: 200 }),
              code: Type.Optional(Type.String({ maxLength: 8000 })),
              error: Type.Optional(Type.String({ maxLength: 200 })),
            },
            { additionalProperties: true },
          ),
          response: { 303: Type.Null({ description: 'See the Location header.' }) },
        },
        config: { ...{ permission: 'public', isSignIn: true }, errors: { 400: ['mail.oauth_refused'] } },
      },
      async ({ query, headers }, reply) => {
        const { state, code, error } = query
        const { location, cookie } = await authorizations.finish(state, { code, error }, headers.cookie)
        return reply.header('set-cookie', cookie).redirect(location, 303)
      },
    )
  }
}
