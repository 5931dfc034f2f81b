import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '#platform/errors.ts'
import type { RateLimits } from '#platform/http/rate-limits.ts'
import type { Permission } from '#platform/http/routes.ts'
import type { Actor } from './actor.ts'
import type { DevicePasswords } from './device-passwords.ts'
import { isAllowed } from './permissions.ts'
import { personalTokenPrefix } from './personal-token.ts'
import type { Cookies } from './session-cookie.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Takes a device password by HTTP Basic, and no other credential. */
    isForDevices?: boolean
  }
  interface FastifyRequest {
    /** Set on every route that is not public. */
    actor: Actor
    /** The principal whose data the request is about: the actor, until delegation names another. */
    ownerId: string
  }
}

type AuthenticatedRequest = { method: string; headers: IncomingHttpHeaders }

/** Who makes this request: told at once where it is remembered. An Authorization header wins over a cookie. */
export type Authenticate = (request: AuthenticatedRequest) => Actor | Promise<Actor>

type BearerTokens = { authenticate(token: string): Actor | Promise<Actor> }

/**
 * One entry for the three credentials: an access token of the issuer, a personal access token, and the cookie of a
 * browser session.
 * @returns a function that throws AppError `auth.missing_token`, `auth.invalid_token`, `auth.expired_token`,
 * `auth.csrf`, or `upstream_unavailable` when the issuer's keys are needed and out of reach.
 */
export function createAuthenticate(deps: {
  accessTokens: BearerTokens & { recall(header: string): Actor | undefined }
  personalTokens: BearerTokens
  sessions: { authenticate(cookie: string, request: AuthenticatedRequest): Actor | Promise<Actor> }
  cookies: Pick<Cookies, 'read'>
}): Authenticate {
  return (request) => {
    const { authorization, cookie } = request.headers
    const known = authorization === undefined ? undefined : deps.accessTokens.recall(authorization)
    if (known) return known
    const session = authorization === undefined ? deps.cookies.read(cookie, 'session') : undefined
    if (session) return deps.sessions.authenticate(session, request)
    const token = bearerTokenOf(authorization)
    if (token.startsWith(personalTokenPrefix)) return deps.personalTokens.authenticate(token)
    return deps.accessTokens.authenticate(token)
  }
}

/**
 * Lets requests in: holds each to the limit of its address, authenticates every route that is not public, and holds the
 * person to their limit and to the permission that the route declares.
 */
export function admitRequests(
  http: FastifyInstance,
  deps: { authenticate: Authenticate; devices?: Pick<DevicePasswords, 'authenticate'>; limits: RateLimits },
): void {
  const { authenticate, devices, limits } = deps
  http.decorateRequest('actor', undefined as never)
  http.decorateRequest('ownerId', '')
  const admit = (request: FastifyRequest, actor: Actor, permission: Permission) => {
    request.actor = actor
    request.ownerId = actor.personId
    requirePermission(actor, permission)
    limits.ofPerson(actor.personId)
  }
  // One hook for all of it, and no promise where the actor is remembered: each would cost every request a turn.
  http.addHook('onRequest', (request, _reply, done) => {
    const { routeConfig } = request
    limits.ofAddress(request.ip, routeConfig)
    const { permission = 'public' } = routeConfig
    if (permission === 'public') return done()
    const actor = routeConfig.isForDevices && devices ? devices.authenticate(request) : authenticate(request)
    if (actor instanceof Promise) return actor.then((known) => admit(request, known, permission))
    admit(request, actor, permission)
    done()
  })
}

/** @throws AppError `auth.forbidden` */
function requirePermission(actor: Actor, permission: Permission): void {
  if (isAllowed(actor.permissions, permission)) return
  const message =
    actor.credential === 'personal_token'
      ? `This personal token was not given the permission ${permission}; make one that has it.`
      : `You lack the permission ${permission}; ask your administrator for it.`
  throw new AppError('forbidden', 'auth.forbidden', message)
}

/** RFC 6750 §2.1. @throws AppError `auth.missing_token`, `auth.invalid_token` */
function bearerTokenOf(header: string | undefined): string {
  if (!header) {
    throw new AppError(
      'unauthenticated',
      'auth.missing_token',
      'Sign in, or send an access token: "Authorization: Bearer <token>".',
    )
  }
  // What the token itself is made of is for whoever verifies it.
  const isBearer = header.slice(0, 7).toLowerCase() === 'bearer '
  const token = isBearer ? header.slice(7).trim() : ''
  if (token !== '' && !token.includes(' ')) return token
  throw new AppError('unauthenticated', 'auth.invalid_token', 'The Authorization header must be "Bearer <token>".')
}
