import { fork } from 'node:child_process'
import { once } from 'node:events'

export type TimedRequest = { url: string; method: string; headers: Record<string, string>; body?: string }
export type Timed = { ms: number; statuses: number[]; bodies: string[] }

/** A client in a process of its own: what it measures is the servers' time, and its own work is nobody else's. */
export function startTimedClient() {
  const child = fork(new URL('timed-requests-process.ts', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  return {
    /** Sends these at once; the time until the last answer is there as a whole. */
    async send(requests: readonly TimedRequest[], { hasBodies = false } = {}): Promise<Timed> {
      child.send({ requests, hasBodies })
      const [timed] = await once(child, 'message')
      return timed
    },
    close: () => child.disconnect(),
  }
}
