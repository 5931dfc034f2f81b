import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { AppError } from '#platform/errors.ts'
import type { Actor } from './actor.ts'
import { isAllowed } from './permissions.ts'
import { personalTokenPrefix } from './personal-token.ts'
import type { Cookies } from './session-cookie.ts'
import type { Sessions } from './sessions.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that is not public. */
    actor: Actor
    /** The principal whose data the request is about: the actor, until delegation names another. */
    ownerId: string
  }
}

/** Who makes this request. An Authorization header wins over a cookie. */
export type Authenticate = (request: { method: string; headers: IncomingHttpHeaders }) => Promise<Actor>

type BearerTokens = { authenticate(token: string): Promise<Actor> }

/**
 * One entry for the three credentials: an access token of the issuer, a personal access token, and the cookie of a
 * browser session.
 * @returns a function that throws AppError `auth.missing_token`, `auth.invalid_token`, `auth.expired_token`,
 * `auth.csrf`, or `upstream_unavailable` when the issuer's keys are needed and out of reach.
 */
export function createAuthenticate(deps: {
  accessTokens: BearerTokens
  personalTokens: BearerTokens
  sessions: Pick<Sessions, 'authenticate'>
  cookies: Pick<Cookies, 'read'>
}): Authenticate {
  return async (request) => {
    const { authorization, cookie } = request.headers
    const session = authorization === undefined ? deps.cookies.read(cookie, 'session') : undefined
    if (session) return deps.sessions.authenticate(session, request)
    const token = bearerTokenOf(authorization)
    if (token.startsWith(personalTokenPrefix)) return deps.personalTokens.authenticate(token)
    return deps.accessTokens.authenticate(token)
  }
}

/** Authenticates every route that is not public and holds it to the permission that it declares. */
export function requirePermissions(http: FastifyInstance, authenticate: Authenticate): void {
  http.decorateRequest('actor', undefined as never)
  http.decorateRequest('ownerId', '')
  http.addHook('onRequest', async (request) => {
    const { permission } = request.routeOptions.config
    if (!permission || permission === 'public') return
    request.actor = await authenticate(request)
    request.ownerId = request.actor.personId
    if (isAllowed(request.actor.permissions, permission)) return
    const message =
      request.actor.credential === 'personal_token'
        ? `This personal token was not given the permission ${permission}; make one that has it.`
        : `You lack the permission ${permission}; ask your administrator for it.`
    throw new AppError('forbidden', 'auth.forbidden', message)
  })
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
