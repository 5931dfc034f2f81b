/** How long something takes, in milliseconds. */
export type Timing = { p50: number; p95: number }

/** Runs each of `works` so many times, in turns, so that all see the same machine. */
export async function timed<Name extends string>(
  works: Readonly<Record<Name, () => Promise<unknown>>>,
  runs: number,
): Promise<Record<Name, Timing>> {
  const names = Object.keys(works) as Name[]
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let run = -2; run < runs; run++) {
    for (const name of names) {
      const startedAt = performance.now()
      await works[name]()
      // The first runs warm caches and compilers.
      if (run >= 0) times[name].push(performance.now() - startedAt)
    }
  }
  return Object.fromEntries(names.map((name) => [name, timingOf(times[name])])) as Record<Name, Timing>
}

function timingOf(times: readonly number[]): Timing {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
  return { p50: at(0.5), p95: at(0.95) }
}
