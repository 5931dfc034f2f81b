import type { Metrics } from '#platform/observability/metrics.ts'
import { createQuickHistogram, type Series } from '#platform/observability/quick-histogram.ts'

/** The configuration object of a route: there is one for each, or one for all methods that a route takes. */
type RouteConfig = { url?: string | undefined; [countedHere]?: (Series | undefined)[][] }

/** The series of a route by place of the method and by status: on the route itself, as any look-up costs more than the count. */
const countedHere = Symbol('series')

/** Times requests by the template of their route, never by what a client made up. */
export function createHttpMetrics(metrics: Metrics) {
  const duration = createQuickHistogram(metrics, {
    name: 'ultid_http_request_duration_seconds',
    help: 'Time from the request to the last byte of its answer, by route template.',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  })
  function addSeries(route: RouteConfig, place: number, status: number): Series {
    const labels = { route: route.url ?? 'unmatched', method: methods[place] ?? 'other', status: String(status) }
    const added = duration.series(labels)
    route[countedHere] ??= methods.map(() => [])
    Object.assign(route[countedHere][place] ?? [], { [status]: added })
    return added
  }
  return {
    observe(route: RouteConfig, method: string, status: number, seconds: number): void {
      const place = Math.max(methods.indexOf(method), 0)
      const series = route[countedHere]?.[place]?.[status] ?? addSeries(route, place, status)
      series.observe(seconds)
    },
  }
}

/** Node takes some thirty; those that no route of ours has count as one. */
const methods = ['other', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
