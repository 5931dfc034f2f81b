export type CircuitState = 'closed' | 'open' | 'half_open'

export type CircuitBreaker = {
  state(): CircuitState
  /** False while the system is held to be away; true for one request now and then, which finds out. */
  mayPass(): boolean
  succeeded(): void
  failed(): void
  /** A request that was let through neither succeeded nor failed, as when its client went away. */
  abandoned(): void
}

const failuresToOpen = 5
const openMs = 5000

/**
 * Spares a system that is away, and those who would wait for it. After five failures in a row it lets nothing through
 * for five seconds, then a single request: its end decides. `now` gives milliseconds.
 */
export function createCircuitBreaker(now: () => number = () => performance.now()): CircuitBreaker {
  let failures = 0
  let openedAt: number | undefined
  let isTrying = false
  const state = (): CircuitState => {
    if (openedAt === undefined) return 'closed'
    return now() - openedAt < openMs ? 'open' : 'half_open'
  }
  return {
    state,
    mayPass() {
      if (state() === 'closed') return true
      if (state() === 'open' || isTrying) return false
      isTrying = true
      return true
    },
    succeeded() {
      failures = 0
      openedAt = undefined
      isTrying = false
    },
    failed() {
      failures++
      isTrying = false
      // What was under way when it opened does not open it anew.
      if (state() === 'half_open' || (openedAt === undefined && failures >= failuresToOpen)) openedAt = now()
    },
    abandoned() {
      isTrying = false
    },
  }
}
