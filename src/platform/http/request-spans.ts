import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Span, Tracing } from '#platform/observability/tracing.ts'

/**
 * A span for each request, below the one that its `traceparent` names. The span knows our trace id, and every line of
 * the request's log the one of OpenTelemetry. Sockets and streams have none: they would last for hours.
 */
export function traceRequests(http: FastifyInstance, tracing: Tracing): void {
  if (!tracing.isOn) return
  const spans = new WeakMap<FastifyRequest, Span>()
  http.addHook('onRequest', (request, reply, done) => {
    if (request.headers.upgrade !== undefined || request.routeConfig.isLongLived) return done()
    const { id, method, headers, routeOptions } = request
    const route = routeOptions.url ?? 'unmatched'
    const attributes = { 'http.request.method': method, 'http.route': route, 'ultid.trace_id': id }
    const span = tracing.begin(`${method} ${route}`, { kind: 'server', headers, attributes })
    spans.set(request, span)
    request.log = reply.log = request.log.child({ otel_trace_id: span.traceId })
    span.run(done)
  })
  // What reads the body runs outside of the hooks before it.
  http.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request)
    if (span) span.run(done)
    else done()
  })
  http.addHook('onResponse', async (request, reply) => {
    const span = spans.get(request)
    span?.setAttributes({ 'http.response.status_code': reply.statusCode })
    if (reply.statusCode >= 500) span?.fail(String(reply.statusCode))
    span?.end()
  })
}
