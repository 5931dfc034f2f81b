/** One attempt of a request. `status` is 0 where none came; `code` the one of an error's body. */
export type Attempt = { what: string; startedAt: number; endedAt: number; status: number; code: string; body: string }

/** Every request that the simulated users made. */
export function createTraffic() {
  const attempts: Attempt[] = []
  return {
    attempts: attempts as readonly Attempt[],
    note: (attempt: Attempt) => void attempts.push(attempt),
  }
}

export type Traffic = ReturnType<typeof createTraffic>

/** The value below which a share of all values lies; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
