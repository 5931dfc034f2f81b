import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { type Discovery, discoverySources } from './discovery.ts'

const Server = Type.Object({
  host: Type.String(),
  port: Type.Integer(),
  security: Type.String({ enum: ['tls', 'starttls', 'none'] }),
  username: Type.String(),
})

const Candidate = Type.Object({
  source: Type.String({ enum: [...discoverySources], description: 'How it was found, from the surest down.' }),
  reason: Type.String(),
  provider: Type.Union([Type.String(), Type.Null()]),
  authentication: Type.String({ enum: ['password', 'app_password', 'oauth2'] }),
  oauth_provider: Type.Union([Type.String(), Type.Null()], {
    description: 'What to give to `POST /mail/oauth/authorizations`; null where nobody can sign in by OAuth here.',
  }),
  help_url: Type.Union([Type.String(), Type.Null()], { description: 'Where to make an app password.' }),
  imap: Server,
  smtp: Server,
})

export function discoveryRoutes(discovery: Discovery): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/accounts/discovery',
      {
        schema: {
          summary: 'Find the mail settings of an address, best first; empty when nobody knows',
          tags: ['mail'],
          body: Type.Object({ email: Type.String({ minLength: 3, maxLength: 254 }) }),
          response: { 200: Type.Object({ items: Type.Array(Candidate) }) },
        },
        config: { isReading: true, permission: 'mail:write', isSignIn: true },
      },
      async ({ body }) => {
        const candidates = await discovery.find(body.email)
        return {
          items: candidates.map(({ helpUrl, oauthProvider, ...candidate }) => ({
            ...candidate,
            oauth_provider: oauthProvider,
            help_url: helpUrl,
          })),
        }
      },
    )
  }
}
