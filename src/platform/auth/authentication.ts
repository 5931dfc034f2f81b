import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { AppError } from '#platform/errors.ts'
import { isAllowed, type PermissionTable, permissionsOf } from './permissions.ts'
import type { PrincipalStore } from './principal-store.ts'
import type { TokenVerifier, VerifiedToken } from './token-verifier.ts'

/** Who makes a request: a person, what they may do, and until when this is known. */
export type Actor = {
  personId: string
  email: string | null
  displayName: string | null
  permissions: ReadonlySet<string>
  expiresAt: Date
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that is not public. */
    actor: Actor
    /** The principal whose data the request is about: the actor, until delegation names another. */
    ownerId: string
  }
}

export type Authenticate = (token: string) => Promise<Actor>

const maxRemembered = 20_000

/**
 * Turns a bearer token into an actor. A verified token is remembered by its hash until it expires, at most a minute,
 * so that a busy client costs one verification a minute.
 */
export function createAuthenticate(deps: {
  verifier: TokenVerifier
  principals: PrincipalStore
  permissionTable: PermissionTable
}): Authenticate {
  const remembered = new Map<string, { actor: Actor; until: number }>()
  return async (token) => {
    const hash = createHash('sha256').update(token).digest('base64')
    const known = remembered.get(hash)
    if (known && known.until > Date.now()) return known.actor
    remembered.delete(hash)
    const verified = await deps.verifier.verify(token)
    const person = await deps.principals.upsert(identityOf(verified))
    const permissions = permissionsOf(groupsOf(verified), deps.permissionTable)
    const { email, displayName } = person
    const actor = { personId: person.id, email, displayName, permissions, expiresAt: verified.expiresAt }
    const oldest = remembered.keys().next().value
    if (remembered.size >= maxRemembered && oldest !== undefined) remembered.delete(oldest)
    remembered.set(hash, { actor, until: Math.min(verified.expiresAt.getTime(), Date.now() + 60_000) })
    return actor
  }
}

/** Authenticates every route that is not public and holds it to the permission that it declares. */
export function requirePermissions(http: FastifyInstance, authenticate: Authenticate): void {
  http.decorateRequest('actor', undefined as never)
  http.decorateRequest('ownerId', '')
  http.addHook('onRequest', async (request) => {
    const { permission } = request.routeOptions.config
    if (!permission || permission === 'public') return
    request.actor = await authenticate(bearerTokenOf(request.headers.authorization))
    request.ownerId = request.actor.personId
    if (isAllowed(request.actor.permissions, permission)) return
    throw new AppError(
      'forbidden',
      'auth.forbidden',
      `You lack the permission ${permission}; ask your administrator for it.`,
    )
  })
}

/** RFC 6750 §2.1. @throws AppError `auth.missing_token`, `auth.invalid_token` */
export function bearerTokenOf(header: string | undefined): string {
  if (!header) {
    throw new AppError(
      'unauthenticated',
      'auth.missing_token',
      'Send an access token: "Authorization: Bearer <token>".',
    )
  }
  const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(header) ?? []
  if (token) return token
  throw new AppError('unauthenticated', 'auth.invalid_token', 'The Authorization header must be "Bearer <token>".')
}

function identityOf({ issuer, subject, claims }: VerifiedToken) {
  const { email, name, preferred_username: username } = claims
  return {
    issuer,
    subject,
    ...(typeof email === 'string' && { email: storable(email) }),
    ...(typeof name === 'string' && { displayName: storable(name) }),
    ...(typeof username === 'string' && { username: storable(username) }),
  }
}

/** PostgreSQL keeps no NUL: a name with one must not keep its bearer out. */
const storable = (text: string): string => text.replaceAll('\0', '')

const groupsOf = ({ claims }: VerifiedToken): string[] =>
  Array.isArray(claims.groups) ? claims.groups.filter((group) => typeof group === 'string') : []
