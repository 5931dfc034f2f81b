const minute = 60
const hour = 60 * minute

/** Seconds after each failed attempt: some three days in all. */
const delays: readonly number[] = [
  ...[5, 5 * minute, 30 * minute, 2 * hour, 5 * hour],
  ...[10 * hour, 14 * hour, 20 * hour, 24 * hour],
]

/** How long an endpoint may fail before it is paused. */
export const failingDays = 3

/** The longest that a receiver can put off what it is to get. */
const longestHoldSeconds = 24 * hour

/**
 * Seconds until the next attempt after `failures` failed ones; undefined when that was the last. A tenth of jitter keeps
 * deliveries that failed together from coming back together. `retryAfter` makes it longer, at most a day.
 */
export function retryDelay(
  failures: number,
  { retryAfter = 0, random = Math.random }: { retryAfter?: number; random?: () => number } = {},
): number | undefined {
  const delay = delays[failures - 1]
  if (delay === undefined) return undefined
  return Math.max(delay * (0.9 + random() * 0.2), retryAfter)
}

/** Seconds that a Retry-After header asks for (RFC 9110 §10.2.3), a number of them or a date; 0 for anything else. */
export function retryAfterOf(header: string | null, now: number): number {
  if (header === null) return 0
  const text = header.trim()
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), longestHoldSeconds)
  // The forms of an HTTP date begin with a day's name; Date.parse takes much more for one.
  const at = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? 0 : Math.min(Math.max(0, Math.ceil((at - now) / 1000)), longestHoldSeconds)
}
