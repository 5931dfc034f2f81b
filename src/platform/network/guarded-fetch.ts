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

/**
 * @param options `timeoutMs`: how long an answer's headers, and each pause in its body, may take. `isConnectingAnew`:
 * no connection serves a second request, so that each one is guarded anew.
 */
export function createGuardedFetch(
  guard: HostGuard,
  { timeoutMs = 10_000, isConnectingAnew = false }: { timeoutMs?: number; isConnectingAnew?: boolean } = {},
): GuardedFetch {
  const agent = new Agent({
    ...(isConnectingAnew && { pipelining: 0 }),
    connect: {
      timeout: 5000,
      lookup: (host, options, done) => {
        guard.check(host).then(
          ({ address, family }) => (options.all ? done(null, [{ address, family }]) : done(null, address, family)),
          (error: NodeJS.ErrnoException) => done(error, '', 0),
        )
      },
    },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
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
