import type { Cache } from '#platform/cache/cache.ts'

type Window = { key: string; endsAt: number; unshared: number; total: number }
const shareEveryMs = 200
const maxWindows = 50_000

/**
 * Counts requests by their subject in windows that begin at whole multiples of their length, so that all nodes mean the
 * same one. A request only touches memory; every 200 ms what was counted here is added to the shared count and the sum
 * learnt. So nodes together let through what is allowed and, at most, what arrives at them within 200 ms.
 */
export function createRateCounter(cache: Cache, now: () => number = Date.now) {
  // By name, then by subject: a key joined for each request would cost more than the count.
  const rates = new Map<string, Map<string, Window>>()

  function windowAt(at: number, name: string, windowMs: number, subject: string): Window {
    const number = Math.floor(at / windowMs)
    const key = `rate:${name}:${subject}:${number}`
    return { key, endsAt: (number + 1) * windowMs, unshared: 0, total: 0 }
  }

  async function share(window: Window): Promise<void> {
    const amount = window.unshared
    window.unshared = 0
    const ttlSeconds = Math.ceil(Math.max(window.endsAt - now(), 0) / 1000) + 1
    const total = await cache.add(window.key, amount, ttlSeconds)
    // While the cache is away each node counts for itself.
    if (total !== undefined) window.total = total
    else window.total += amount
  }

  const timer = setInterval(() => {
    for (const windows of rates.values()) {
      for (const [subject, window] of windows) {
        if (window.unshared > 0) void share(window)
        else if (window.endsAt <= now()) windows.delete(subject)
      }
    }
  }, shareEveryMs)
  timer.unref()

  return {
    /**
     * What is counted under `name`, in windows of `windowMs`.
     * @returns a function that counts one of a subject, and tells the count of this window and the milliseconds until it ends.
     */
    rate(name: string, windowMs: number) {
      const windows = rates.get(name) ?? new Map<string, Window>()
      rates.set(name, windows)
      return (subject: string): { current: number; ttl: number } => {
        const at = now()
        let window = windows.get(subject)
        if (!window || window.endsAt <= at) {
          window = windowAt(at, name, windowMs, subject)
          const oldest = windows.keys().next().value
          if (windows.size >= maxWindows && oldest !== undefined) windows.delete(oldest)
          windows.set(subject, window)
        }
        window.unshared++
        return { current: window.total + window.unshared, ttl: window.endsAt - at }
      }
    },
    /** What `rate` would tell, without counting one. */
    peek(name: string, subject: string): { current: number; ttl: number } {
      const window = rates.get(name)?.get(subject)
      const ttl = window ? window.endsAt - now() : 0
      return window && ttl > 0 ? { current: window.total + window.unshared, ttl } : { current: 0, ttl: 0 }
    },
    close: () => clearInterval(timer),
  }
}

export type RateCounter = ReturnType<typeof createRateCounter>
