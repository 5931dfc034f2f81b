import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, fastify, LogController } from 'fastify'
import { newTraceId } from '#platform/ids.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import { noTracing, type Tracing } from '#platform/observability/tracing.ts'
import { ofEachKind } from './answer-kinds.ts'
import { answerClientError } from './client-errors.ts'
import { allowBrowsers } from './cors.ts'
import { answerError, handleErrors } from './error-handling.ts'
import { createHttpMetrics } from './http-metrics.ts'
import { compileAnswersLate } from './late-compilation.ts'
import { takeEmptyBodies } from './raw-bodies.ts'
import { createRequestLog } from './request-log.ts'
import { traceRequests } from './request-spans.ts'
import { enforceRouteRules } from './routes.ts'
import { securityHeaders } from './security-headers.ts'
import { type BodyPatience, bodyPatience, limitSlowBody } from './slow-bodies.ts'
import { limitSlowReaders } from './slow-readers.ts'
import { validateRequests } from './validation.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the route declared; `routeOptions.config` makes a new object each time that it is asked. */
    routeConfig: FastifyRequest['routeOptions']['config']
  }
}

/** WebDAV (RFC 4918) and what grew out of it: search, versions, access control and calendars. */
export const davMethods = [
  ...['PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK'],
  ...['SEARCH', 'REPORT', 'ACL', 'MKCALENDAR'],
]

const bodyLimitBytes = 256 * 1024

export type ServerOptions = {
  log: Logger
  metrics: Metrics
  tracing?: Tracing
  trustedProxies?: readonly string[]
  isTls?: boolean
  /** Of front ends that may read answers. */
  corsOrigins?: readonly string[]
  bodyPatience?: BodyPatience
  /** How long nobody may read an answer that is under way. */
  stallMs?: number
}

/** The HTTP edge: Fastify with the house's validation, errors, trace ids, metrics and route rules. */
export function createHttpServer(options: ServerOptions) {
  const { tracing = noTracing } = options
  const http = fastify({
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    schemaController: { compilersFactory: compileAnswersLate },
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    genReqId: newTraceId,
    requestIdHeader: false,
    // A kept-alive connection that asks while the node stops is answered, and told to close.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      request.log = reply.log = createRequestLog(options.log, { trace_id: request.id })
      return answerError(error, request, reply)
    },
    forceCloseConnections: 'idle',
    // See limitSlowBody. Headers have Node's own minute.
    requestTimeout: 0,
    routerOptions: { maxParamLength: 4096 },
  }).withTypeProvider<TypeBoxTypeProvider>()
  // For its plugins; requests have logs of their own.
  http.log = options.log as FastifyBaseLogger
  for (const method of davMethods) http.addHttpMethod(method, { hasBody: true })
  takeEmptyBodies(http)
  validateRequests(http)
  handleErrors(http)
  enforceRouteRules(http)
  limitSlowReaders(http, options.stallMs ?? 60_000)
  closeConnectionsOnceAnswered(http)
  http.decorateRequest('routeConfig', null as unknown as FastifyRequest['routeConfig'])
  beginRequests(http, options)
  traceRequests(http, tracing)
  tellAnswers(http, options)
  return http
}

/** Counts and logs every answer. */
function tellAnswers(http: FastifyInstance, { log, metrics, tracing = noTracing }: ServerOptions): void {
  const seriesOf = createHttpMetrics(metrics)
  // What is the same in each line of a kind is written once. Nothing in these lines is anybody's: to look through them
  // for secrets would cost more than all else that is done with a request.
  const linesOf = ofEachKind((kind) => ({ series: seriesOf(kind), log: log.child({ ...kind }, { redact: [] }) }))
  http.addHook('onResponse', (request, reply, done) => {
    const { routeConfig, method, id: trace_id } = request
    const { statusCode: status, elapsedTime } = reply
    const lines = linesOf(routeConfig, method, status)
    if (!routeConfig.isLongLived || status >= 400) lines.series.observe(elapsedTime / 1000)
    const ms = Math.round(elapsedTime)
    if (!tracing.isOn) lines.log.info({ trace_id, ms }, 'request')
    else request.log.info({ method, route: routeConfig.url ?? 'unmatched', status, ms }, 'request')
    done()
  })
}

/** What every request gets before anything else: a log, and the headers of its answer. */
function beginRequests(http: FastifyInstance, options: ServerOptions): void {
  const { log, isTls = false, corsOrigins = [], bodyPatience: patience = bodyPatience } = options
  const headers = securityHeaders({ isTls })
  const readableByPages = allowBrowsers(http, corsOrigins)
  http.addHook('onRequest', function begin(request, reply, done) {
    request.log = reply.log = createRequestLog(log, { trace_id: request.id })
    request.routeConfig = request.routeOptions.config
    reply.header('x-request-id', request.id)
    for (const header of headers) reply.header(header.name, header.value)
    limitSlowBody(request, patience)
    if (request.raw.headers.origin === undefined) return done()
    return readableByPages.call(this, request, reply, done)
  })
}

/** Node closes the connections that are idle when it stops listening; one that becomes so later would hold it for a minute. */
function closeConnectionsOnceAnswered(http: FastifyInstance): void {
  http.addHook('preClose', async () => {
    const timer = setInterval(() => http.server.closeIdleConnections(), 20)
    http.server.once('close', () => clearInterval(timer))
  })
}

export type HttpServer = ReturnType<typeof createHttpServer>
