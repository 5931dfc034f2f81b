import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyBaseLogger, fastify, LogController } from 'fastify'
import { newTraceId } from '#platform/ids.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import { answerClientError } from './client-errors.ts'
import { answerError, handleErrors } from './error-handling.ts'
import { enforceRouteRules } from './routes.ts'
import { validateRequests } from './validation.ts'

export const bodyLimitBytes = 256 * 1024

/** The HTTP edge: Fastify with the house's validation, errors, trace ids, metrics and route rules. */
export function createHttpServer(options: { log: Logger; metrics: Metrics; trustedProxies?: readonly string[] }) {
  const http = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'trace_id' }),
    bodyLimit: bodyLimitBytes,
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    genReqId: newTraceId,
    requestIdHeader: false,
    // A kept-alive connection that asks while the node stops is answered, and told to close.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => answerError(error, request, reply),
    forceCloseConnections: 'idle',
    requestTimeout: 120_000,
    routerOptions: { maxParamLength: 4096 },
  }).withTypeProvider<TypeBoxTypeProvider>()
  validateRequests(http)
  handleErrors(http)
  enforceRouteRules(http)
  http.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  http.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched'
    const labels = { route, method: request.method, status: String(reply.statusCode) }
    options.metrics.httpDuration.observe(labels, reply.elapsedTime / 1000)
    request.log.info(
      { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    )
  })
  return http
}

export type HttpServer = ReturnType<typeof createHttpServer>
