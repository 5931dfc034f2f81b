import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** Where every part of the process registers what it counts, all under `ultid_`. No label has values that users choose. */
export type Metrics = { readonly registry: Registry }

/** A registry with what Node tells of the process and, for a named `version`, `ultid_build_info`. */
export function createMetrics({ version }: { version?: string } = {}): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'ultid_' })
  for (const name of misnamed) registry.removeSingleMetric(`ultid_${name}`)
  if (version !== undefined) {
    new Gauge({
      name: 'ultid_build_info',
      help: 'Always 1; its labels are the versions of ultid and of Node.',
      labelNames: ['version', 'node'],
      registers: [registry],
    }).set({ version, node: process.versions.node }, 1)
  }
  return { registry }
}

/** Gauges that end in `_total`, as only counters may; those by type say as much. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']
