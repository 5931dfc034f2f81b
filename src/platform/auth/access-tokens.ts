import { AppError } from '#platform/errors.ts'
import type { Actor } from './actor.ts'
import type { Endings } from './endings.ts'
import { groupsOf, identityOf } from './identity.ts'
import type { Grants } from './permissions.ts'
import type { PrincipalStore } from './principal-store.ts'
import { createShortMemory } from './short-memory.ts'
import { suspended } from './suspended.ts'
import type { TokenVerifier } from './token-verifier.ts'

const rememberedMs = 60_000

/**
 * Turns an access token of the issuer into an actor. A verified token is remembered until it expires, at
 * most a minute, so that a busy client costs one verification a minute; when the issuer signs its bearer out
 * everywhere it is forgotten at once. It is kept as it is sent, in memory alone: to hash it, or only to take it
 * out of its header, would cost more than all else that authentication does.
 */
export function createAccessTokens(deps: {
  verifier: TokenVerifier
  principals: Pick<PrincipalStore, 'upsert'>
  grants: Grants
  endings: Endings
}) {
  const remembered = createShortMemory<Actor>(20_000)
  let endingsHeard = 0
  deps.endings.listen(({ ownerId, credentialId }) => {
    if (credentialId !== null) return
    endingsHeard++
    remembered.forget(({ personId }) => personId === ownerId)
  })
  async function readAndRemember(token: string): Promise<Actor> {
    const heardBefore = endingsHeard
    const actor = await readActor(deps, token)
    // What was read while somebody was signed out may be from before.
    if (endingsHeard === heardBefore)
      remembered.set(headerOf(token), actor, Math.min(actor.expiresAt.getTime(), Date.now() + rememberedMs))
    return actor
  }
  return {
    /** The actor of an Authorization header as nearly all clients write it, if its token is remembered. */
    recall: (header: string): Actor | undefined => remembered.get(header),
    /** @throws AppError `auth.invalid_token`, `auth.expired_token`, `auth.suspended`, or `upstream_unavailable` without the issuer's keys */
    authenticate: (token: string): Actor | Promise<Actor> => remembered.get(headerOf(token)) ?? readAndRemember(token),
  }
}

const headerOf = (token: string): string => `Bearer ${token}`

async function readActor(
  deps: { verifier: TokenVerifier; principals: Pick<PrincipalStore, 'upsert'>; grants: Grants },
  token: string,
): Promise<Actor> {
  const verified = await deps.verifier.verify(token)
  const identity = identityOf(verified)
  const person = await deps.principals.upsert(identity)
  if (person.suspendedAt) throw suspended()
  if (person.tokensValidFrom && identity.issuedAt < person.tokensValidFrom) {
    throw new AppError('unauthenticated', 'auth.invalid_token', 'You were signed out everywhere; sign in again.')
  }
  return {
    personId: person.id,
    email: person.email,
    displayName: person.displayName,
    permissions: deps.grants(groupsOf(verified.claims)),
    credential: 'token',
    credentialId: null,
    expiresAt: verified.expiresAt,
  }
}
