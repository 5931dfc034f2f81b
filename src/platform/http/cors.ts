import cors from '@fastify/cors'
import type { FastifyInstance, onRequestHookHandler } from 'fastify'

/**
 * Lets pages of `origins` read answers, and answers their preflights. The plugin's hook is handed out rather than
 * added: a request without Origin is no browser's, has no use for it and should not pay for it.
 */
export function allowBrowsers(http: FastifyInstance, origins: readonly string[]): onRequestHookHandler {
  const handed: onRequestHookHandler[] = []
  const taker = Object.create(http, {
    addHook: { value: (_name: string, hook: onRequestHookHandler) => handed.push(hook) },
  })
  cors(
    taker,
    {
      origin: [...origins],
      credentials: true,
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      exposedHeaders: [
        ...['ETag', 'X-Request-Id', 'Retry-After', 'Location', 'Content-Range', 'Content-Disposition', 'Repr-Digest'],
        // Of resumable uploads.
        ...['Tus-Resumable', 'Tus-Version', 'Tus-Extension', 'Upload-Offset', 'Upload-Length', 'Upload-Metadata'],
        ...['Upload-Expires', 'X-Item-Id'],
      ],
      maxAge: 600,
    },
    () => undefined,
  )
  const [hook] = handed
  if (!hook) throw new Error('@fastify/cors added no hook')
  return hook
}
