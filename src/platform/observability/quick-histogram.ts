import type { Metric } from 'prom-client'
import type { Metrics } from './metrics.ts'

type Labels = Readonly<Record<string, string>>
/** One line of the text format. */
type Sample = { metricName: string; labels: Labels; value: number }

export type Series = { observe(value: number): void }

/**
 * A histogram for what happens with every request. Those of prom-client join and look up the labels with each value;
 * here a series is found once, an observation is two additions, and the text is made when metrics are asked for.
 * `buckets` are upper bounds, rising.
 */
export function createQuickHistogram(
  { registry }: Metrics,
  options: { name: string; help: string; buckets: readonly number[] },
): { series(labels: Labels): Series } {
  const { name, help } = options
  const bounds = Float64Array.from([...options.buckets, Number.POSITIVE_INFINITY])
  const known = new Map<string, Series & { samples(): Sample[] }>()
  const metric = {
    name,
    help,
    get: async () => {
      const values = [...known.values()].flatMap((series) => series.samples())
      return { name, help, type: 'histogram', aggregator: 'sum', values }
    },
  }
  // The type names prom-client's own classes; its registry asks for `name` and `get`.
  registry.registerMetric(metric as unknown as Metric<string>)
  return {
    series(labels) {
      const key = JSON.stringify(labels)
      const present = known.get(key)
      if (present) return present
      const added = createSeries(name, labels, bounds)
      known.set(key, added)
      return added
    },
  }
}

function createSeries(name: string, labels: Labels, bounds: Float64Array) {
  const counts = new Float64Array(bounds.length)
  let sum = 0
  return {
    observe(value: number): void {
      let at = 0
      while (value > (bounds[at] ?? 0)) at++
      counts[at] = (counts[at] ?? 0) + 1
      sum += value
    },
    /** Each bucket holds those below it as well. */
    samples(): Sample[] {
      let total = 0
      const buckets = Array.from(bounds, (bound, at) => {
        total += counts[at] ?? 0
        const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound)
        return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: total }
      })
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: total },
      ]
    },
  }
}
