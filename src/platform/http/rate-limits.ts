import { AppError } from '#platform/errors.ts'
import type { RateCounter } from './rate-counter.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Routes that try credentials are held to the tighter limit of sign-ins, by address. */
    isSignIn?: boolean
  }
}

/** Requests a minute. */
export type RateLimitOptions = { person: number; address: number; signIn: number }

const windowMs = 60_000

/** The limits of requests. Each throws AppError `rate_limited`. */
export function createRateLimits({ rate, peek }: RateCounter, limits: RateLimitOptions) {
  const [ofAddress, ofSignIn] = [rate('address', windowMs), rate('sign-in', windowMs)]
  const ofPerson = rate('person', windowMs)
  const ofFailure = rate('failure', windowMs)
  return {
    /** Holds before anybody is known. */
    ofAddress(ip: string, { isSignIn = false }: { isSignIn?: boolean }): void {
      const address = addressGroup(ip)
      enforce(ofAddress(address), limits.address)
      if (isSignIn) enforce(ofSignIn(address), limits.signIn)
    },
    /** Holds whatever the address. */
    ofPerson: (personId: string): void => enforce(ofPerson(personId), limits.person),
    /** Of those who sign in with each request it is failures that count. To be asked before credentials are looked at. */
    ofFailures: (ip: string): void => {
      const { current, ttl } = peek('failure', addressGroup(ip))
      enforce({ current: current + 1, ttl }, limits.signIn)
    },
    noteFailure: (ip: string): void => void ofFailure(addressGroup(ip)),
  }
}

export type RateLimits = ReturnType<typeof createRateLimits>

function enforce({ current, ttl }: { current: number; ttl: number }, max: number): void {
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
