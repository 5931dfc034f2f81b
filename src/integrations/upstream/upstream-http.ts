import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import type { Upstreams } from '#platform/observability/upstreams.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'
import { isAway, type UpstreamSystem, upstreamFailures } from './upstream-failures.ts'

export type UpstreamRequest = {
  method: string
  /** Percent-encoded, below the path of the system's `url`, with its query. */
  path: string
  /** Those that are undefined are not sent. Cookies are neither kept nor sent: a session must not answer another. */
  headers?: Readonly<Record<string, string | undefined>>
  /** A stream is sent as it comes and once: such a request is never repeated. */
  body?: string | Uint8Array | Readable | undefined
  signal?: AbortSignal | undefined
  /** `transfer` for contents, which take as long as they take and must not keep short requests waiting. */
  lane?: 'short' | 'transfer'
  /** How long the system may think before its answer begins; 30 s by default. */
  answerTimeoutMs?: number
}

/** `body` must be read to its end, destroyed or discarded. */
export type UpstreamAnswer = { status: number; headers: Readonly<Record<string, string>>; body: Readable }

export type UpstreamOptions = {
  url: string
  /** For each lane. */
  maxConnections: number
  upstreams: Upstreams
  random?: () => number
}

export type UpstreamHttp = ReturnType<typeof createUpstreamHttp>

const answerTimeoutMs = 30_000
const silenceTimeoutMs = 60_000
const maxWaiting = 500
const attempts = 3
const firstPauseMs = 100

/** RFC 9110 §9.2.1, RFC 4918, RFC 5323: these change nothing, so repeating them does no harm. */
const repeatable = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT', 'SEARCH'])

/**
 * HTTP to one system beside us: connections are kept and bounded, each answer has its deadline, what changes nothing is
 * tried again with pauses of random length, and a system that is away is left alone for a while.
 */
export function createUpstreamHttp(system: UpstreamSystem, options: UpstreamOptions) {
  const { url, upstreams, random = Math.random } = options
  const { origin, pathname } = new URL(url)
  const base = pathname.replace(/\/$/, '')
  const settings = {
    connections: options.maxConnections,
    pipelining: 1,
    bodyTimeout: silenceTimeoutMs,
    connect: { timeout: 5000 },
  }
  const lanes = { short: new Pool(origin, settings), transfer: new Pool(origin, settings) }
  const breaker = createCircuitBreaker()
  const failures = upstreamFailures(system)

  async function attempt(request: UpstreamRequest): Promise<UpstreamAnswer> {
    if (!breaker.mayPass()) throw failures.away()
    const pool = lanes[request.lane ?? 'short']
    try {
      if (pool.stats.pending > maxWaiting) throw failures.busy()
      const { statusCode, headers, body } = await pool.request({
        method: request.method as 'GET',
        path: base + request.path,
        headers: given(request.headers),
        body: request.body ?? null,
        headersTimeout: request.answerTimeoutMs ?? answerTimeoutMs,
        ...(request.signal && { signal: request.signal }),
      })
      // Whoever reads it hears of its failure too; for who does not, a failure is no reason to end the process.
      body.on('error', () => undefined)
      if (isGatewayFailure(statusCode)) breaker.failed()
      else breaker.succeeded()
      return { status: statusCode, headers: single(headers), body }
    } catch (error) {
      if (isAway(error)) breaker.failed()
      else breaker.abandoned()
      throw error
    }
  }

  async function persist(request: UpstreamRequest): Promise<UpstreamAnswer> {
    for (let tried = 1; ; tried++) {
      const isLast = tried === attempts || !repeatable.has(request.method)
      try {
        const answer = await attempt(request)
        if (isLast || !isGatewayFailure(answer.status)) return answer
        await discard(answer)
      } catch (error) {
        if (isLast || !isAway(error)) throw failures.of(error)
      }
      await delay(firstPauseMs * 2 ** (tried - 1) * (0.5 + random()), undefined, { signal: request.signal })
    }
  }

  return {
    /**
     * Answers whatever the system does, once its headers are there.
     * @throws AppError `upstream_unavailable`, `upstream_timeout`, `busyCode`; what `signal` was aborted with.
     */
    send: (request: UpstreamRequest): Promise<UpstreamAnswer> => {
      const method = request.method.toLowerCase()
      const operation = request.lane === 'transfer' ? `${method}_content` : method
      const faultOf = ({ status }: UpstreamAnswer) => (status >= 500 ? 'server_error' : undefined)
      return upstreams.call({ system: system.id, operation, faultOf }, () => persist(request))
    },
    /** Whether requests are let through. */
    circuit: breaker.state,
    /** Requests that wait for an answer or are read. */
    underWay: (): number => lanes.short.stats.running + lanes.transfer.stats.running,
    async close(): Promise<void> {
      await Promise.all([lanes.short.destroy(), lanes.transfer.destroy()])
    },
  }
}

/** Lets go of an answer. A short body is read to its end, which leaves the connection to be used again. */
export async function discard({ body }: Pick<UpstreamAnswer, 'body'>): Promise<void> {
  if ('dump' in body && typeof body.dump === 'function') await body.dump({ limit: 64 * 1024 }).catch(() => undefined)
  else body.destroy()
}

const given = (headers: UpstreamRequest['headers'] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

const single = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )

/** A proxy in front says that nothing answers behind it. */
const isGatewayFailure = (status: number): boolean => status === 502 || status === 504
