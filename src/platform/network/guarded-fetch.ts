import { Agent, fetch, type RequestInit, type Response } from 'undici'
import type { HostGuard } from './host-guard.ts'

export type GuardedFetch = {
  /**
   * Fetches from a host that a user may have named: it connects to exactly the address that the guard checked, for
   * each redirect anew, and follows none unless asked to.
   * @throws TypeError as fetch does; its cause is the guard's AppError where the guard refused.
   */
  fetch(url: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

export function createGuardedFetch(guard: HostGuard): GuardedFetch {
  const agent = new Agent({
    connect: {
      timeout: 5000,
      lookup: (host, options, done) => {
        guard.check(host).then(
          ({ address, family }) => (options.all ? done(null, [{ address, family }]) : done(null, address, family)),
          (error: NodeJS.ErrnoException) => done(error, '', 0),
        )
      },
    },
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
    maxResponseSize: 16 * 1024 * 1024,
  })
  return {
    async fetch(url, init = {}) {
      // An address in the URL is connected to without a lookup, and so without the guard.
      await guardLiteral(guard, new URL(url).hostname)
      return fetch(url, { redirect: 'manual', ...init, dispatcher: agent })
    },
    close: () => agent.close(),
  }
}

async function guardLiteral(guard: HostGuard, hostname: string): Promise<void> {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (host.includes(':') || /^[\d.]+$/.test(host)) await guard.check(host)
}
