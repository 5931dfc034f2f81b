import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** The metrics of this process, all under `ultid_`; no label has values that users can choose. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'ultid_' })
  const registers = [registry]
  return {
    registry,
    httpDuration: new Histogram({
      name: 'ultid_http_request_duration_seconds',
      help: 'Time from the request to the last byte of its answer, by route template.',
      labelNames: ['route', 'method', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    websocketConnections: new Gauge({
      name: 'ultid_websocket_connections',
      help: 'Open WebSocket connections.',
      registers,
    }),
    eventsDelivered: new Counter({
      name: 'ultid_events_delivered_total',
      help: 'Events written to WebSocket connections.',
      registers,
    }),
    mailMessagesSynced: new Counter({
      name: 'ultid_mail_messages_synced_total',
      help: 'Messages listed from IMAP servers.',
      registers,
    }),
    mailSyncErrors: new Counter({
      name: 'ultid_mail_sync_errors_total',
      help: 'Failed syncs of mail accounts, by kind.',
      labelNames: ['kind'],
      registers,
    }),
    mailSends: new Counter({
      name: 'ultid_mail_sends_total',
      help: 'Outcomes of sending from the outbox.',
      labelNames: ['outcome'],
      registers,
    }),
    jobFailures: new Counter({
      name: 'ultid_job_failures_total',
      help: 'Background jobs that threw, by job.',
      labelNames: ['job'],
      registers,
    }),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
