import { audit } from '#platform/audit/audit.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import type { AuthMetrics } from './auth-metrics.ts'
import { type IssuerTokens, type RefreshTokens, refreshTimeOf } from './issuer-tokens.ts'
import type { PrincipalStore } from './principal-store.ts'
import { refreshTokenBinding, sessionStore as store } from './session-store.ts'

/** How long to leave an issuer alone that is away. */
const retryMs = 30_000

export type SessionRefreshDeps = {
  database: Database
  transact: Transact
  keyRing: KeyRing
  principals: PrincipalStore
  refreshTokens: RefreshTokens
  metrics: AuthMetrics
  log: Logger
}

/**
 * Asks the issuer whether a session may go on, and what its person may do. Of all nodes that find it due one asks, by
 * a claim on the session's row that lapses after half a minute. An issuer that is away changes nothing; one that
 * refuses ends the session.
 * @param end ends the session within a transaction; answers undefined when it is gone already.
 */
export function createSessionRefresh(
  deps: SessionRefreshDeps,
  end: (tx: Tx, ownerId: string, id: string) => Promise<unknown>,
) {
  const running = new Map<string, Promise<void>>()

  async function refresh(ownerId: string, id: string): Promise<void> {
    const claimed = await store.claimRefresh(deps.database, ownerId, id)
    if (!claimed?.refresh_token) return
    const answer = await ask(deps, claimed.refresh_token, id)
    const outcome =
      answer !== 'away' && answer !== 'refused' && !(await isOf(deps, ownerId, answer)) ? 'refused' : answer
    deps.metrics.sessionRefreshes.inc({ outcome: typeof outcome === 'string' ? outcome : 'refreshed' })
    if (outcome === 'refused') return endRefused(ownerId, id)
    if (outcome === 'away') {
      return store.settleRefresh(deps.database, ownerId, id, { refreshAt: new Date(Date.now() + retryMs) })
    }
    const { refreshToken } = outcome
    await store.settleRefresh(deps.database, ownerId, id, {
      refreshAt:
        refreshTimeOf({ ...outcome, refreshToken: refreshToken ?? claimed.refresh_token }) ?? outcome.expiresAt,
      ...(refreshToken && { refreshToken: deps.keyRing.encrypt(refreshToken, refreshTokenBinding(id)) }),
    })
  }

  async function endRefused(ownerId: string, id: string): Promise<void> {
    await deps.transact(async (tx) => {
      if (!(await end(tx, ownerId, id))) return
      const origin = { address: null, userAgent: '' }
      const details = { reason: 'refresh_refused' }
      await audit.record(tx, {
        ownerId,
        action: 'account.session_ended',
        target: id,
        outcome: 'success',
        origin,
        details,
      })
    })
  }

  /** Callers on one node share one refresh. */
  return (ownerId: string, id: string): Promise<void> => {
    const known = running.get(id)
    if (known) return known
    const work = refresh(ownerId, id).finally(() => running.delete(id))
    running.set(id, work)
    return work
  }
}

async function ask(
  { keyRing, refreshTokens, log }: SessionRefreshDeps,
  sealed: string,
  id: string,
): Promise<IssuerTokens | 'refused' | 'away'> {
  try {
    return await refreshTokens(keyRing.decrypt(sealed, refreshTokenBinding(id)))
  } catch (error) {
    log.warn({ err: error, session: id }, 'a session could not be refreshed; it goes on until the issuer answers')
    return 'away'
  }
}

/** Takes over what the ID token says. False when it is about somebody else, which ends the session. */
async function isOf({ principals }: SessionRefreshDeps, ownerId: string, tokens: IssuerTokens): Promise<boolean> {
  if (!tokens.identity) return true
  const person = await principals.upsert(tokens.identity)
  return person.id === ownerId
}
