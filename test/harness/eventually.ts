import { setTimeout as delay } from 'node:timers/promises'

/**
 * Runs `check` until it passes and answers what it returned; the only way in which tests wait.
 *
 * @throws what `check` threw last, once `timeoutMs` have passed. A check that is under way then is not waited for
 *   longer than that: a check that never settles fails too.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 30_000, everyMs = 20 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let lastError: unknown = new Error(`The check did not settle within ${timeoutMs} ms.`)
  while (true) {
    try {
      return await settledBy(deadline, check, () => lastError)
    } catch (error) {
      lastError = error
    }
    if (performance.now() + everyMs > deadline) throw lastError
    await delay(everyMs)
  }
}

async function settledBy<T>(deadline: number, check: () => T | Promise<T>, reason: () => unknown): Promise<T> {
  const timeout = new AbortController()
  const expiry = delay(Math.max(1, deadline - performance.now()), undefined, { signal: timeout.signal }).then(() => {
    throw reason()
  })
  try {
    return await Promise.race([check(), expiry])
  } finally {
    expiry.catch(() => undefined)
    timeout.abort()
  }
}
