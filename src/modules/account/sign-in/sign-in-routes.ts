import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { originOf } from '#platform/audit/audit.ts'
import type { BackchannelLogout } from './backchannel-logout.ts'
import type { SignIn } from './sign-in.ts'

const tags = ['auth']
const redirect = Type.Null({ description: 'See the Location header.' })
const SignedOut = Type.Object(
  { logout_url: Type.Union([Type.String(), Type.Null()], { description: 'Null: the issuer has no such page.' }) },
  {
    examples: [{ logout_url: 'https://ulti.example.test/auth/application/o/ulti/end-session/?client_id=ulti-backend' }],
  },
)
const ReturnQuery = Type.Object({
  return_to: Type.Optional(
    Type.String({ maxLength: 2000, description: 'A path of this service or an address of an allowed front end.' }),
  ),
})

/** Pages of the way to the issuer and back: to be visited by a browser, not to be fetched. */
export function signInRoutes(signIn: SignIn): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))

    http.get(
      '/login',
      {
        schema: {
          summary: 'Sign a browser in: redirects to the issuer, and from there to return_to',
          ...{ tags, querystring: ReturnQuery, response: { 303: redirect } },
        },
        config: {
          ...{ permission: 'public', isSignIn: true },
          errors: { 400: ['auth.return_to_refused'], 502: ['upstream_unavailable'] },
        },
      },
      async ({ query }, reply) => {
        const { location, cookie } = await signIn.start(query.return_to ?? '/')
        return reply.header('set-cookie', cookie).redirect(location, 303)
      },
    )

    http.get(
      '/callback',
      {
        schema: {
          summary: 'Where the issuer sends the browser back to',
          tags,
          // RFC 6749 §4.1.2: parameters that are not known are ignored.
          querystring: Type.Object({ state: Type.String({ maxLength: 200 }) }, { additionalProperties: true }),
          response: { 303: redirect },
        },
        config: {
          ...{ permission: 'public', isSignIn: true },
          errors: { 400: ['auth.sign_in_refused'], 401: ['auth.suspended'], 502: ['upstream_unavailable'] },
        },
      },
      async (request, reply) => {
        const search = request.url.slice(request.url.indexOf('?'))
        const { state } = request.query
        const { location, cookies } = await signIn.finish(state, search, request.headers.cookie, originOf(request))
        return reply.header('set-cookie', cookies).redirect(location, 303)
      },
    )

    http.post(
      '/logout',
      {
        schema: {
          summary: 'Sign this browser out; then visit logout_url to sign out at the issuer as well',
          ...{ tags, querystring: ReturnQuery },
          response: { 200: SignedOut },
        },
        config: { permission: 'signed_in', errors: { 400: ['auth.return_to_refused'] } },
      },
      async (request, reply) => {
        const { logoutUrl, cookies } = await signIn.end(
          request.actor,
          request.query.return_to ?? '/',
          originOf(request),
        )
        return reply.header('set-cookie', cookies).send({ logout_url: logoutUrl })
      },
    )
  }
}

/** What the issuer itself calls. */
export function backchannelRoutes(logout: BackchannelLogout): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))
    http.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    )
    http.post(
      '/backchannel-logout',
      {
        schema: {
          summary: 'The issuer says that somebody signed out (OpenID Connect Back-Channel Logout 1.0)',
          ...{ tags, consumes: ['application/x-www-form-urlencoded'] },
          body: Type.Object(
            { logout_token: Type.String({ maxLength: 16_384 }) },
            {
              additionalProperties: true,
              examples: [{ logout_token: 'eyJhbGciOiJSUzI1NiIsInR5cCI6ImxvZ291dCtqd3QifQ.…' }],
            },
          ),
          response: { 200: Type.Object({}, { description: 'Done.', examples: [{}] }) },
        },
        config: {
          permission: 'public',
          errors: { 400: ['auth.invalid_logout_token'], 502: ['upstream_unavailable'] },
        },
      },
      async (request, reply) => {
        await logout.receive(request.body.logout_token, originOf(request))
        return reply.send({})
      },
    )
  }
}
