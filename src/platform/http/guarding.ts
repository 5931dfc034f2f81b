import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
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

const minute = 60_000

/** Security headers, CORS for the configured front ends, and the rate limits that hold before anybody is known. */
export async function guardRequests(http: HttpServer, options: GuardingOptions): Promise<void> {
  await http.register(helmet, {
    // Answers are data: a browser that shows one runs and loads nothing. The reference page brings a policy of its own.
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: options.isTls,
    crossOriginResourcePolicy: { policy: 'same-site' },
  })
  await http.register(cors, {
    origin: [...options.corsOrigins],
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['ETag', 'X-Request-Id', 'Retry-After', 'Location'],
    maxAge: 600,
  })
  await http.register(rateLimit, { global: false, store: storeOf(options.counter) })
  const address = limiter(http, options.rateLimits.address, (request) => `address:${request.ip}`)
  const signIn = limiter(http, options.rateLimits.signIn, (request) => `sign-in:${request.ip}`)
  http.addHook('onRequest', async (request) => {
    await address(request)
    if (request.routeOptions.config.isSignIn) await signIn(request)
  })
}

/** The limit of each person, whatever the address; to be added after authentication. */
export function limitPersons(http: HttpServer, options: Pick<GuardingOptions, 'rateLimits'>): void {
  const person = limiter(http, options.rateLimits.person, (request) => `person:${request.ownerId}`)
  http.addHook('onRequest', async (request) => {
    if (request.ownerId) await person(request)
  })
}

function limiter(http: HttpServer, max: number, keyGenerator: (request: FastifyRequest) => string) {
  const check = http.createRateLimit({ max, timeWindow: minute, keyGenerator })
  return async (request: FastifyRequest) => {
    const result = await check(request)
    if (result.isAllowed || !result.isExceeded) return
    const seconds = Math.max(1, Math.ceil(result.ttl / 1000))
    throw new AppError('rate_limited', 'rate_limited', `Too many requests; try again in ${seconds} seconds.`, {
      retryAfterSeconds: seconds,
    })
  }
}

type Counted = { current: number; ttl: number }

/** The store of @fastify/rate-limit over our counter. */
function storeOf(counter: RateCounter) {
  return class {
    incr(key: string, done: (error: Error | null, result: Counted) => void, timeWindow: number) {
      done(null, counter.count(key, timeWindow))
    }
    child() {
      return this
    }
  }
}
