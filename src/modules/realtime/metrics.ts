import { Counter, Gauge, Histogram } from 'prom-client'
import type { Metrics } from '#platform/observability/metrics.ts'

export function createRealtimeMetrics({ registry }: Metrics) {
  const registers = [registry]
  return {
    connections: new Gauge({
      name: 'ultid_websocket_connections',
      help: 'Open WebSockets and event streams.',
      registers,
    }),
    delivered: new Counter({
      name: 'ultid_events_delivered_total',
      help: 'Events written to WebSockets and event streams.',
      registers,
    }),
    lag: new Histogram({
      name: 'ultid_event_delivery_lag_seconds',
      help: 'Time from an event to the moment when the connected clients of its owner get it.',
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
  }
}

export type RealtimeMetrics = ReturnType<typeof createRealtimeMetrics>
