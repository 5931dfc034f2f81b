import { Type } from 'typebox'
import { type HealthCheck, runHealthChecks } from '#platform/observability/health.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import type { HttpServer } from './server.ts'

const CheckResult = Type.Object({
  status: Type.String({ enum: ['ok', 'degraded', 'failed'] }),
  duration_ms: Type.Integer(),
})

/** What operators and their machines ask: is the process there, can it work, what does it count. */
export function serveOperations(http: HttpServer, deps: { checks: readonly HealthCheck[]; metrics: Metrics }): void {
  const tags = ['operations']
  http.get(
    '/healthz',
    {
      schema: {
        summary: 'The process answers',
        tags,
        response: { 200: Type.Object({ status: Type.String() }, { examples: [{ status: 'ok' }] }) },
      },
      config: { permission: 'public' },
    },
    async () => ({ status: 'ok' }),
  )
  const readiness = Type.Object(
    {
      status: Type.String({ enum: ['ready', 'not_ready'] }),
      checks: Type.Record(Type.String(), CheckResult),
    },
    { examples: [{ status: 'ready', checks: { database: { status: 'ok', duration_ms: 2 } } }] },
  )
  http.get(
    '/readyz',
    {
      schema: {
        summary: 'Everything it needs answers, each named',
        tags,
        response: { 200: readiness, 503: readiness },
      },
      config: { permission: 'public' },
    },
    async (request, reply) => {
      const report = await runHealthChecks(deps.checks, (check, error) =>
        request.log.warn({ check, err: error }, 'not ready'),
      )
      reply.code(report.isReady ? 200 : 503)
      return { status: report.isReady ? 'ready' : 'not_ready', checks: report.checks }
    },
  )
  http.get(
    '/metrics',
    {
      schema: {
        summary: 'Metrics in the Prometheus text format',
        ...{ tags, produces: ['text/plain'], response: { 200: Type.String() } },
      },
      config: { permission: 'public' },
    },
    async (_request, reply) => {
      reply.type(deps.metrics.registry.contentType)
      return deps.metrics.registry.metrics()
    },
  )
}
