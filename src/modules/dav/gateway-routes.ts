import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { davMethods } from '#platform/http/server.ts'
import { type Gateway, gatewayRoot } from './gateway.ts'

const methods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'DELETE', ...davMethods]

/** OpenAPI knows none of these methods: they are left out of the document. */
export function gatewayRoutes(gateway: Gateway): FastifyPluginAsyncTypebox {
  return async (http) => {
    // What is sent is passed on as it comes, whatever it is.
    http.removeAllContentTypeParsers()
    http.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

    for (const url of ['/.well-known/caldav', '/.well-known/carddav']) {
      http.route({
        ...{ method: methods, url, schema: { hide: true }, config: { permission: 'public' } },
        // RFC 6764 §5.
        handler: async (_request, reply) => reply.redirect(`${gatewayRoot}/`, 301),
      })
    }

    for (const url of [gatewayRoot, `${gatewayRoot}/*`]) {
      http.route({
        ...{ method: methods, url, schema: { hide: true } },
        // Each path has a permission of its own, which the gateway asks for.
        config: { permission: 'signed_in', isForDevices: true, isUpload: true },
        handler: (request, reply) => pass(gateway, request, reply),
      })
    }
  }
}

async function pass(gateway: Gateway, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  const { method, raw: body, headers } = request
  try {
    const answer = await gateway.pass(request.actor, {
      method,
      url: body.url ?? '',
      headers,
      body,
      signal: gone.signal,
    })
    return reply.code(answer.status).headers(answer.headers).send(answer.body)
  } catch (error) {
    // Nobody is there to be told.
    if (gone.signal.aborted) return reply.hijack()
    throw error
  }
}
