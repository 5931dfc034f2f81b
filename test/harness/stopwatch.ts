/**
 * Measures what a promise of time is about: the time that passed, less the time in which this process wanted to run and
 * was not let. A machine that stands still for two seconds makes nobody slow.
 */
export type Stopwatch = { elapsedMs(): number }

/** How often a look at the clock is due; what comes this much later than that was held up. */
const TICK_MS = 20

let lostMs = 0
let last = look()
setInterval(settle, TICK_MS).unref()

export function startStopwatch(): Stopwatch {
  settle()
  const [startedAt, lostBefore] = [last.at, lostMs]
  return {
    elapsedMs() {
      settle()
      return last.at - startedAt - (lostMs - lostBefore)
    },
  }
}

/** A gap between two looks, as far as the process computed nothing in it, is the machine's. */
function settle(): void {
  const now = look()
  const gap = now.at - last.at - (now.cpuMs - last.cpuMs)
  if (gap > 2 * TICK_MS) lostMs += gap - TICK_MS
  last = now
}

function look(): { at: number; cpuMs: number } {
  const { user, system } = process.cpuUsage()
  return { at: performance.now(), cpuMs: (user + system) / 1000 }
}
