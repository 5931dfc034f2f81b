import type { Window } from '../schedule.ts'
import { type Attempt, quantile } from '../traffic.ts'
import { countEach, type Evidence, type Finding } from './finding.ts'

/** Of requests while nothing is wrong, on a machine that also runs all the servers and the people. */
const boundMs = Number(process.env.ULTI_SOAK_P99_MS ?? 2500)
const fewest = 30

/** Those of no fault: neither begun nor ended in one. */
export const inCalm = (windows: readonly Window[], attempts: readonly Attempt[]): Attempt[] =>
  attempts.filter(({ startedAt, endedAt }) => !windows.some(({ from, to }) => startedAt <= to && endedAt >= from))

/**
 * While nothing is wrong nothing fails; while something is, failures are those that are documented: a gateway that lost
 * its node, a part that is away, and what the calendar's contract says of Nextcloud.
 */
export async function auditAnswers({ traffic, windows }: Evidence): Promise<Finding> {
  const failed = traffic.attempts.filter(({ status }) => status === 0 || status >= 500)
  const calm = inCalm(windows, failed).map((one) => `in calm: ${line(one)}`)
  const wrong = failed.filter((one) => !isDocumented(one)).map((one) => `undocumented: ${line(one)}`)
  const unexpected = traffic.attempts
    .filter(
      ({ status, code }) => status >= 400 && status < 500 && !expected.has(status) && code !== 'auth.expired_token',
    )
    .map((one) => `refused: ${line(one)}`)
  return {
    promise: 'Nothing fails without a fault, and faults are told as documented',
    seen: `${traffic.attempts.length} requests, ${failed.length} of them failed`,
    violations: [...countEach([...calm, ...wrong, ...unexpected])].map(([text, count]) => `${count} × ${text}`),
  }
}

/** Somebody else changed or took away what is asked for: here the one who asks, by an attempt that seemed to fail. */
const expected = new Set([404, 409, 412, 422])
const documented = new Set([
  ...['unavailable', 'upstream_unavailable', 'upstream_timeout', 'storage_full'],
  // Nextcloud does not believe a node whose clock is wrong.
  'nextcloud.sign_in_failed',
])

function isDocumented({ what, status, code }: Attempt): boolean {
  // The balancer's own word, when a node died with the request.
  if (code === '') return status === 502 || status === 504
  return documented.has(code) || (code === 'internal_error' && what.startsWith('calendar'))
}

const line = ({ what, status, code, body }: Attempt) =>
  `${what} answered ${status} ${code} ${code ? '' : body.replaceAll(/\s+/g, ' ').slice(0, 80)}`

/** By kind of request, where there are enough of them. */
export async function auditLatency({ traffic, windows }: Evidence): Promise<Finding> {
  const calm = inCalm(windows, traffic.attempts)
  const kinds = Map.groupBy(calm, ({ what }) => what)
  const p99 = [...kinds].flatMap(([what, attempts]) =>
    attempts.length < fewest
      ? []
      : [
          {
            what,
            ms: quantile(
              attempts.map((one) => one.endedAt - one.startedAt),
              0.99,
            ),
          },
        ],
  )
  const worst = p99.toSorted((one, other) => other.ms - one.ms)[0]
  return {
    promise: `99 of 100 requests without a fault take less than ${boundMs} ms`,
    seen: `${calm.length} requests, the slowest kind is ${worst?.what} with ${worst?.ms} ms`,
    violations: p99.filter(({ ms }) => ms > boundMs).map(({ what, ms }) => `${what}: ${ms} ms`),
  }
}
