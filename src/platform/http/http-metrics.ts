import { Histogram } from 'prom-client'
import type { Metrics } from '#platform/observability/metrics.ts'

/** Times requests by the template of their route, never by what a client made up. */
export function createHttpMetrics({ registry }: Metrics) {
  const duration = new Histogram({
    name: 'ultid_http_request_duration_seconds',
    help: 'Time from the request to the last byte of its answer, by route template.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  // Finding a series by its labels costs more than counting in it.
  const series = new Map<string, Histogram.Internal<string>>()
  return {
    observe({ route, method, status, seconds }: { route: string; method: string; status: number; seconds: number }) {
      const key = `${method} ${status} ${route}`
      const known = series.get(key)
      if (known) return known.observe(seconds)
      const labels = { route, method: served.has(method) ? method : 'other', status: String(status) }
      const added = duration.labels(labels)
      if (served.has(method)) series.set(key, added)
      added.observe(seconds)
    },
  }
}

/** Node takes some thirty; those that no route of ours has count as one. */
const served: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
