import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { JitsiTokens } from '#integrations/jitsi/jitsi-tokens.ts'
import { notFound } from '#platform/errors.ts'

/** Where Jitsi gets the key that RS256 tokens are verified with (its JWT_ASAP_KEYSERVER). */
export function keyRoutes(tokens: Pick<JitsiTokens, 'publishedKey'>): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/keys/:name',
      {
        schema: {
          summary: 'The public key of meeting tokens, for Jitsi',
          tags: ['meet'],
          params: Type.Object({
            name: Type.String({ maxLength: 100, description: 'SHA-256 of the key id, and `.pem`.' }),
          }),
          response: { 200: { description: 'PEM.', content: { 'application/x-pem-file': { schema: Type.String() } } } },
        },
        config: { permission: 'public' },
      },
      async ({ params }, reply) => {
        const key = tokens.publishedKey(params.name)
        if (!key) throw notFound('key')
        return reply.type('application/x-pem-file').header('cache-control', 'max-age=300').send(key)
      },
    )
  }
}
