import type { Cache } from '#platform/cache/cache.ts'

type Window = { key: string; endsAt: number; unshared: number; total: number }

const shareEveryMs = 200
const maxWindows = 50_000

/**
 * Counts requests by key in windows that begin at whole multiples of their length, so that all nodes mean the same one.
 * A request only touches memory; every 200 ms what was counted here is added to the shared count and the sum learnt. So
 * nodes together let through what is allowed and, at most, what arrives at them within 200 ms.
 */
export function createRateCounter(cache: Cache, now: () => number = Date.now) {
  const windows = new Map<string, Window>()

  function windowOf(key: string, windowMs: number): Window {
    const present = windows.get(key)
    if (present && present.endsAt > now()) return present
    const number = Math.floor(now() / windowMs)
    const fresh = { key: `rate:${key}:${number}`, endsAt: (number + 1) * windowMs, unshared: 0, total: 0 }
    const oldest = windows.keys().next().value
    if (windows.size >= maxWindows && oldest !== undefined) windows.delete(oldest)
    windows.set(key, fresh)
    return fresh
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
    for (const [key, window] of windows) {
      if (window.unshared > 0) void share(window)
      else if (window.endsAt <= now()) windows.delete(key)
    }
  }, shareEveryMs)
  timer.unref()

  return {
    /** Counts one. @returns the count of this window and the milliseconds until it ends. */
    count(key: string, windowMs: number): { current: number; ttl: number } {
      const window = windowOf(key, windowMs)
      window.unshared++
      return { current: window.total + window.unshared, ttl: window.endsAt - now() }
    },
    close: () => clearInterval(timer),
  }
}

export type RateCounter = ReturnType<typeof createRateCounter>
