import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import { newTraceId } from '#platform/ids.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import { noTracing, type Tracing } from '#platform/observability/tracing.ts'
import { answerClientError } from './client-errors.ts'
import { answerError, handleErrors } from './error-handling.ts'
import { createHttpMetrics } from './http-metrics.ts'
import { traceRequests } from './request-spans.ts'
import { enforceRouteRules } from './routes.ts'
import { validateRequests } from './validation.ts'

const bodyLimitBytes = 256 * 1024

/** The HTTP edge: Fastify with the house's validation, errors, trace ids, metrics and route rules. */
export function createHttpServer(options: {
  log: Logger
  metrics: Metrics
  tracing?: Tracing
  trustedProxies?: readonly string[]
}) {
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
  closeConnectionsOnceAnswered(http)
  traceRequests(http, options.tracing ?? noTracing)
  const metrics = createHttpMetrics(options.metrics)
  http.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done()
  })
  http.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched'
    const { method } = request
    const status = reply.statusCode
    metrics.observe({ route, method, status, seconds: reply.elapsedTime / 1000 })
    request.log.info({ method, route, status, ms: Math.round(reply.elapsedTime) }, 'request')
    done()
  })
  return http
}

/** Node closes the connections that are idle when it stops listening; one that becomes so later would hold it for a minute. */
function closeConnectionsOnceAnswered(http: FastifyInstance): void {
  http.addHook('preClose', async () => {
    const timer = setInterval(() => http.server.closeIdleConnections(), 20)
    http.server.once('close', () => clearInterval(timer))
  })
}

export type HttpServer = ReturnType<typeof createHttpServer>
