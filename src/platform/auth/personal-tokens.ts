import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Actor, vouchedUntil } from './actor.ts'
import { type Endings, isEnded } from './endings.ts'
import { type Grants, holds } from './permissions.ts'
import { readPersonalToken } from './personal-token.ts'
import { personalTokenStore as store } from './personal-token-store.ts'
import { createShortMemory } from './short-memory.ts'

/** A revoked token stops within a second even on a node which the word did not reach. */
const rememberedMs = 800

/**
 * Turns personal access tokens into actors. What a token may do is what it was given and its owner still may. It is
 * looked up by its hash, so that no comparison takes longer for a better guess.
 */
export function createPersonalTokens(deps: { database: Database; grants: Grants; endings: Endings; log: Logger }) {
  const { database, grants, endings, log } = deps
  const remembered = createShortMemory<Actor>(20_000)
  endings.listen((ending) =>
    remembered.forget(({ personId, credentialId }) => isEnded(ending, { ownerId: personId, credentialId })),
  )
  return {
    /** @throws AppError `auth.invalid_token`, `auth.expired_token` */
    async authenticate(token: string): Promise<Actor> {
      const claim = readPersonalToken(token)
      if (!claim) throw unknownToken()
      const key = claim.hash.toString('base64')
      const known = remembered.get(key)
      if (known) return known
      const row = await store.findByHash(database, claim.ownerId, claim.hash)
      if (!row) throw unknownToken()
      if (row.expires_at && row.expires_at <= new Date()) {
        throw new AppError('unauthenticated', 'auth.expired_token', 'This personal token has expired; make a new one.')
      }
      if (row.is_use_unrecorded) {
        store.recordUse(database, claim.ownerId, row.id).catch((error) => {
          log.warn({ err: error }, 'the use of a personal token could not be recorded')
        })
      }
      const owned = grants(row.groups)
      const actor: Actor = {
        personId: claim.ownerId,
        email: row.email,
        displayName: row.display_name,
        permissions: new Set(row.permissions.filter((permission) => holds(owned, permission))),
        credential: 'personal_token',
        credentialId: row.id,
        expiresAt: vouchedUntil(row.expires_at),
      }
      remembered.set(key, actor, Math.min(actor.expiresAt.getTime(), Date.now() + rememberedMs))
      return actor
    },
  }
}

const unknownToken = () =>
  new AppError(
    'unauthenticated',
    'auth.invalid_token',
    'This personal token is unknown or was revoked; make a new one.',
  )
