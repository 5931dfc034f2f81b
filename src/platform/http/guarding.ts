import cors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyRequest } from 'fastify'
import { AppError } from '#platform/errors.ts'
import type { RateCounter } from './rate-counter.ts'
import type { HttpServer } from './server.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Routes that try credentials are held to the tighter limit of sign-ins, by address. */
    isSignIn?: boolean
  }
}

export type GuardingOptions = {
  counter: RateCounter
  /** Requests a minute. */
  rateLimits: { person: number; address: number; signIn: number }
  corsOrigins: readonly string[]
  isTls: boolean
}

/** Security headers, CORS for the configured front ends, and the rate limits that hold before anybody is known. */
export async function guardRequests(http: HttpServer, options: GuardingOptions): Promise<void> {
  const { counter, rateLimits } = options
  const headers = securityHeaders(options)
  http.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers)
    enforce(counter, `address:${addressGroup(request.ip)}`, rateLimits.address)
    if (request.routeOptions.config.isSignIn) enforce(counter, `sign-in:${addressGroup(request.ip)}`, rateLimits.signIn)
    done()
  })
  const fromBrowsers: FastifyCorsOptions = {
    origin: [...options.corsOrigins],
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['ETag', 'X-Request-Id', 'Retry-After', 'Location'],
    maxAge: 600,
  }
  await http.register(cors, {
    hook: 'onRequest',
    delegator: (request, done) => done(null, request.headers.origin === undefined ? toPrograms : fromBrowsers),
  })
}

/** The limit of each person, whatever the address; to be added after authentication. */
export function limitPersons(
  http: HttpServer,
  { counter, rateLimits }: Pick<GuardingOptions, 'counter' | 'rateLimits'>,
): void {
  http.addHook('onRequest', (request: FastifyRequest, _reply, done) => {
    if (request.ownerId) enforce(counter, `person:${request.ownerId}`, rateLimits.person)
    done()
  })
}

/** A request without Origin is no browser's: its answer carries nothing for one. */
const toPrograms: FastifyCorsOptions = { origin: false }

// Answers are data: a browser that shows one runs and loads nothing. The reference page brings a policy of its own.
const securityHeaders = ({ isTls }: { isTls: boolean }): Record<string, string> => ({
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-site',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  ...(isTls && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
})

const minute = 60_000

function enforce(counter: RateCounter, key: string, max: number): void {
  const { current, ttl } = counter.count(key, minute)
  if (current <= max) return
  const seconds = Math.max(1, Math.ceil(ttl / 1000))
  throw new AppError('rate_limited', 'rate_limited', `Too many requests; try again in ${seconds} seconds.`, {
    retryAfterSeconds: seconds,
  })
}

/** One household or one attacker has a whole IPv6 /64. */
function addressGroup(address: string): string {
  if (!address.includes(':')) return address
  if (address.startsWith('::ffff:')) return address.slice(7)
  const [head = ''] = address.split('::')
  const groups = address.includes('::') ? [...head.split(':').filter(Boolean), '0', '0', '0', '0'] : address.split(':')
  return groups.slice(0, 4).join(':')
}
