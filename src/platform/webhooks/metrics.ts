import { Counter, Histogram } from 'prom-client'
import type { Metrics } from '#platform/observability/metrics.ts'

/** What is counted of attempts as they end. */
export function createWebhookMetrics({ registry }: Metrics) {
  const registers = [registry]
  return {
    deliveries: new Counter({
      name: 'ultid_webhook_deliveries_total',
      help: 'Attempts to deliver events to webhooks, by outcome: delivered, failed (tried again later), dead (given up).',
      labelNames: ['outcome'],
      registers,
    }),
    duration: new Histogram({
      name: 'ultid_webhook_duration_seconds',
      help: 'Time that attempts to deliver events to webhooks took, failures included.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
      registers,
    }),
  }
}

export type WebhookMetrics = ReturnType<typeof createWebhookMetrics>
