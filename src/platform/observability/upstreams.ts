import { Counter, Histogram } from 'prom-client'
import { faultCodeOf } from './fault-code.ts'
import type { Metrics } from './metrics.ts'
import type { Tracing } from './tracing.ts'

export type Call<Answer> = {
  system: 'imap' | 'smtp' | 'oauth' | 'oidc' | 's3' | 'nextcloud' | 'authentik' | 'immich'
  /** What is asked for, of a bounded set: `connect`, `get`. */
  operation: string
  /** The code of a failure that the answer tells rather than throws. */
  faultOf?: (answer: Answer) => string | undefined
}

/** Watches over what this process asks of other systems: how long each takes, how often it fails, and in which trace. */
export type Upstreams = {
  /** Answers and throws as `work` does. */
  call<Answer>(call: Call<Answer>, work: () => Promise<Answer>): Promise<Answer>
}

export function createUpstreams({ registry, tracing }: Metrics & { tracing: Tracing }): Upstreams {
  const registers = [registry]
  const duration = new Histogram({
    name: 'ultid_upstream_duration_seconds',
    help: 'Time that other systems took to answer, failures included, by system and operation.',
    labelNames: ['system', 'operation'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  })
  const errors = new Counter({
    name: 'ultid_upstream_errors_total',
    help: 'Failures of other systems, by system, operation and kind.',
    labelNames: ['system', 'operation', 'kind'],
    registers,
  })
  return {
    call({ system, operation, faultOf }, work) {
      const attributes = { 'peer.service': system, 'ultid.operation': operation }
      return tracing.trace(`${system} ${operation}`, { kind: 'client', attributes }, async (span) => {
        const startedAt = performance.now()
        const fail = (kind: string) => errors.inc({ system, operation, kind })
        try {
          const answer = await work()
          const kind = faultOf?.(answer)
          if (kind !== undefined) {
            fail(kind)
            span.fail(kind)
          }
          return answer
        } catch (error) {
          fail(faultCodeOf(error))
          throw error
        } finally {
          duration.observe({ system, operation }, (performance.now() - startedAt) / 1000)
        }
      })
    },
  }
}

/** For what is built without the rest of ultid: nobody watches. */
export const noUpstreams: Upstreams = { call: (_call, work) => work() }

/** `fetch` to the issuer, watched; an answer of 500 and above counts as a failure. */
export const watchFetch =
  (upstreams: Upstreams, operation: string) =>
  <Init extends object>(url: string | URL, init: Init): Promise<Response> =>
    upstreams.call(
      { system: 'oidc', operation, faultOf: ({ status }: Response) => (status >= 500 ? 'server_error' : undefined) },
      () => fetch(url, init),
    )
