import { setTimeout as delay } from 'node:timers/promises'
import { startStopwatch } from './stopwatch.ts'

/**
 * Runs `check` until it passes and answers what it returned; the only way in which tests wait.
 *
 * @throws what `check` threw last, once `timeoutMs` have passed in which this process could run. A check that is under
 *   way then is not waited for longer than that: a check that never settles fails too.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 30_000, everyMs = 20 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const stopwatch = startStopwatch()
  const leftMs = () => timeoutMs - stopwatch.elapsedMs()
  let lastError: unknown = new Error(`The check did not settle within ${timeoutMs} ms.`)
  while (true) {
    try {
      return await settledWithin(leftMs, check, () => lastError)
    } catch (error) {
      lastError = error
    }
    if (leftMs() < everyMs) throw lastError
    await delay(everyMs)
  }
}

async function settledWithin<T>(leftMs: () => number, check: () => T | Promise<T>, reason: () => unknown): Promise<T> {
  const settled = new AbortController()
  const expiry = untilNothingIsLeft(leftMs, settled.signal).then(() => {
    throw reason()
  })
  try {
    return await Promise.race([check(), expiry])
  } finally {
    expiry.catch(() => undefined)
    settled.abort()
  }
}

async function untilNothingIsLeft(leftMs: () => number, signal: AbortSignal): Promise<void> {
  do await delay(Math.max(1, leftMs()), undefined, { signal })
  while (leftMs() > 0)
}
