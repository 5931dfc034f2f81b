import type { Metrics } from '#platform/observability/metrics.ts'
import { createQuickHistogram, type Series } from '#platform/observability/quick-histogram.ts'
import type { AnswerKind } from './answer-kinds.ts'

/** Times requests by the template of their route, never by what a client made up. @returns the series of a kind of answer */
export function createHttpMetrics(metrics: Metrics): (kind: AnswerKind) => Series {
  const duration = createQuickHistogram(metrics, {
    name: 'ultid_http_request_duration_seconds',
    help: 'Time from the request to the last byte of its answer, by route template.',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  })
  return ({ route, method, status }) =>
    duration.series({ route, method: methods.has(method) ? method : 'other', status: String(status) })
}

/** Node takes some thirty; those that no route of ours has count as one. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
