import { Counter } from 'prom-client'
import type { Metrics } from '#platform/observability/metrics.ts'

/** What is counted of mail as it happens. */
export function createMailMetrics({ registry }: Metrics) {
  const registers = [registry]
  return {
    messagesSynced: new Counter({
      name: 'ultid_mail_messages_synced_total',
      help: 'Messages listed from IMAP servers.',
      registers,
    }),
    syncErrors: new Counter({
      name: 'ultid_mail_sync_errors_total',
      help: 'Syncs of mail accounts that ended in a failure, connections that failed among them, by kind.',
      labelNames: ['kind'],
      registers,
    }),
    sends: new Counter({
      name: 'ultid_mail_sends_total',
      help: 'Attempts to send from the outbox, by outcome: accepted, rejected, not_sent, unknown.',
      labelNames: ['outcome'],
      registers,
    }),
  }
}

export type MailMetrics = ReturnType<typeof createMailMetrics>
