import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { AuthMetrics } from '#platform/auth/auth-metrics.ts'
import type { Endings } from '#platform/auth/endings.ts'
import type { Issuer } from '#platform/auth/issuer.ts'
import { type LogoutRequest, verifyLogoutToken } from '#platform/auth/logout-token.ts'
import type { PrincipalStore } from '#platform/auth/principal-store.ts'
import { sessionStore as store } from '#platform/auth/session-store.ts'
import type { Sessions } from '#platform/auth/sessions.ts'
import { onCommit, type Transact, type Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { logoutTokenStore } from './logout-token-store.ts'

export type BackchannelLogout = ReturnType<typeof createBackchannelLogout>

/**
 * The issuer says that somebody signed out there (OpenID Connect Back-Channel Logout 1.0). With a session named, the
 * browsers that were signed in by it are signed out; without one, the person is signed out of everything: all browsers,
 * and access tokens issued so far. Personal tokens, which nobody signed in by, go on.
 */
export function createBackchannelLogout(deps: {
  transact: Transact
  discover: () => Promise<Issuer>
  audience: string
  principals: PrincipalStore
  sessions: Sessions
  endings: Endings
  metrics: AuthMetrics
}) {
  const { principals, sessions, endings } = deps

  async function endSessions(tx: Tx, { sid }: LogoutRequest, personId: string | undefined) {
    if (sid !== undefined) return store.removeOfIssuerSession(tx, sid, personId)
    if (personId === undefined) return []
    await principals.refuseOlderTokens(tx, personId)
    onCommit(tx, () => endings.announce({ ownerId: personId, credentialId: null }))
    const removed = await store.removeAll(tx, personId)
    return removed.map(({ id }) => ({ owner_id: personId, id }))
  }

  async function obey(request: LogoutRequest, origin: RequestOrigin): Promise<void> {
    const { issuer, subject, jti } = request
    const person = subject === undefined ? undefined : await principals.findBySubject(issuer, subject)
    await deps.transact(async (tx) => {
      if (!(await logoutTokenStore.insert(tx, jti))) throw replayed()
      // A subject that was never here has nothing that could be ended; its sid must not end anybody else's.
      const isStranger = subject !== undefined && !person
      for (const { owner_id, id } of isStranger ? [] : await endSessions(tx, request, person?.id)) {
        sessions.announceEnd(tx, owner_id, id)
        await audit.record(tx, {
          ...{ ownerId: owner_id, action: 'account.session_ended', target: id, outcome: 'success', origin },
          details: { reason: 'issuer' },
        })
      }
    })
  }

  return {
    /** @throws AppError `auth.invalid_logout_token`, `upstream_unavailable` without the issuer's keys */
    async receive(token: string, origin: RequestOrigin): Promise<void> {
      try {
        const issuer = await deps.discover()
        await obey(await verifyLogoutToken(token, { issuer, audience: deps.audience }), origin)
        deps.metrics.backchannelLogouts.inc({ outcome: 'success' })
      } catch (error) {
        deps.metrics.backchannelLogouts.inc({ outcome: 'refused' })
        throw error
      }
    },
  }
}

const replayed = () => new AppError('invalid', 'auth.invalid_logout_token', 'The logout token was used before.')
