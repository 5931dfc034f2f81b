import { Counter } from 'prom-client'
import type { Metrics } from '#platform/observability/metrics.ts'

/** What is counted about identity. */
export function createAuthMetrics({ registry }: Metrics) {
  const registers = [registry]
  return {
    signIns: new Counter({
      name: 'ultid_sign_ins_total',
      help: 'Sign-ins of browsers that came back from the issuer, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    sessionRefreshes: new Counter({
      name: 'ultid_session_refreshes_total',
      help: 'Questions to the issuer whether a session may go on, by outcome: refreshed, refused, away.',
      labelNames: ['outcome'],
      registers,
    }),
    backchannelLogouts: new Counter({
      name: 'ultid_backchannel_logouts_total',
      help: 'Logout tokens of the issuer, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
  }
}

export type AuthMetrics = ReturnType<typeof createAuthMetrics>
