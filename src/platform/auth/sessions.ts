import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { RequestOrigin } from '#platform/audit/audit.ts'
import type { Cache } from '#platform/cache/cache.ts'
import { onCommit, type Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Actor, vouchedUntil } from './actor.ts'
import { requireOwnPage } from './csrf.ts'
import type { Endings } from './endings.ts'
import { type IssuerTokens, isOverdue, refreshTimeOf } from './issuer-tokens.ts'
import type { Grants } from './permissions.ts'
import { hashOfSecret, newSessionSecret, readSessionCookie, type SessionClaim } from './session-cookie.ts'
import { createSessionRecords, type SessionRecord } from './session-records.ts'
import { createSessionRefresh, type SessionRefreshDeps } from './session-refresh.ts'
import { refreshTokenBinding, sessionStore as store } from './session-store.ts'

export type SessionsDeps = SessionRefreshDeps & {
  cache: Cache
  endings: Endings
  grants: Grants
  /** Origins of the pages that may write by cookie. */
  origins: ReadonlySet<string>
  lifetimeMs: number
  /** A shorter one for a person; undefined for none. */
  lifetimeOf?: ((ownerId: string) => Promise<number | undefined>) | undefined
  idleMs: number
}

export type EndedSession = { refreshToken: string | undefined }

export type Sessions = ReturnType<typeof createSessions>

/** Browsers that are signed in. The database is what counts; without the cache everything goes on, more slowly. */
export function createSessions(deps: SessionsDeps) {
  const { database, keyRing, endings, log } = deps
  const records = createSessionRecords(deps)
  const refresh = createSessionRefresh(deps, end)
  const recordUseEveryMs = Math.min(60_000, deps.idleMs / 4)

  async function end(tx: Tx, ownerId: string, id: string): Promise<EndedSession | undefined> {
    const removed = await store.remove(tx, ownerId, id)
    if (!removed) return undefined
    announceEnd(tx, ownerId, id)
    const sealed = removed.refresh_token
    return { refreshToken: sealed === null ? undefined : keyRing.decrypt(sealed, refreshTokenBinding(id)) }
  }

  function announceEnd(tx: Tx, ownerId: string, id: string): void {
    onCommit(tx, () => {
      records.drop(id).catch((error) => log.warn({ err: error }, 'a session could not be taken out of the cache'))
      endings.announce({ ownerId, credentialId: id })
    })
  }

  async function keepFresh(record: SessionRecord, { ownerId, id }: SessionClaim): Promise<SessionRecord | undefined> {
    if (record.refreshAt === null || record.refreshAt > Date.now()) return record
    const work = refresh(ownerId, id).then(() => records.drop(id))
    if (isOverdue(record.refreshAt)) {
      await work
      return records.find(ownerId, id)
    }
    work.catch((error) => log.warn({ err: error }, 'a session could not be refreshed'))
    return record
  }

  function recordUse(record: SessionRecord, { ownerId, id }: SessionClaim): void {
    const now = Date.now()
    if (record.seenAt > now - recordUseEveryMs) return
    const olderThan = new Date(now - recordUseEveryMs)
    record.seenAt = now
    const written = store.recordUse(database, ownerId, id, olderThan)
    const cached = written.then(async (isWritten) => isWritten && (await records.put(id, record)))
    cached.catch((error) => log.warn({ err: error }, 'the use of a session could not be recorded'))
  }

  return {
    /**
     * The person of a session cookie.
     * @throws AppError `auth.invalid_token`, `auth.expired_token`, `auth.csrf`
     */
    async authenticate(cookie: string, request: { method: string; headers: IncomingHttpHeaders }): Promise<Actor> {
      const claim = readSessionCookie(cookie)
      const found = claim && (await records.find(claim.ownerId, claim.id))
      if (!claim || !found || !isSecretOf(claim, found)) throw unknownSession()
      if (Date.now() >= Math.min(found.expiresAt, found.seenAt + deps.idleMs)) throw expiredSession()
      requireOwnPage(request, claim.secret, deps.origins)
      const record = await keepFresh(found, claim)
      if (!record) throw unknownSession()
      recordUse(record, claim)
      return {
        personId: record.ownerId,
        email: record.email,
        displayName: record.displayName,
        permissions: deps.grants(record.groups),
        credential: 'session',
        credentialId: claim.id,
        expiresAt: vouchedUntil(new Date(record.expiresAt)),
      }
    },

    /** A new session, always under a new id and a new secret: one that was planted in the browser gains nothing. */
    async begin(
      tx: Tx,
      ownerId: string,
      tokens: IssuerTokens,
      origin: RequestOrigin,
    ): Promise<{ claim: SessionClaim; expiresAt: Date }> {
      const claim = { ownerId, id: newId(), secret: newSessionSecret() }
      const own = await deps.lifetimeOf?.(ownerId)
      const expiresAt = new Date(Date.now() + Math.min(deps.lifetimeMs, own ?? deps.lifetimeMs))
      const { refreshToken } = tokens
      await store.insert(tx, ownerId, {
        ...{ id: claim.id, secretHash: hashOfSecret(claim.secret), expiresAt, origin },
        issuerSession: tokens.issuerSession ?? null,
        refreshToken: refreshToken ? keyRing.encrypt(refreshToken, refreshTokenBinding(claim.id)) : null,
        refreshAt: refreshTimeOf(tokens),
      })
      return { claim, expiresAt }
    },

    /** Undefined when there is no such session of this owner. */
    end,
    /** Ends the session of a cookie that another takes the place of. */
    async endByClaim(tx: Tx, { ownerId, id, secret }: SessionClaim): Promise<void> {
      if (await store.removeBySecret(tx, ownerId, id, hashOfSecret(secret))) announceEnd(tx, ownerId, id)
    },
    /** To be called for sessions whose rows `tx` removed. */
    announceEnd,
    list: (ownerId: string, limit: number, beforeId: string | undefined) =>
      store.list(database, ownerId, deps.idleMs, { limit, beforeId }),
    removeExpired: () => store.removeExpired(database, deps.idleMs),
  }
}

function isSecretOf({ ownerId, secret }: SessionClaim, record: SessionRecord): boolean {
  return record.ownerId === ownerId && timingSafeEqual(hashOfSecret(secret), Buffer.from(record.secretHash, 'base64'))
}

const unknownSession = () =>
  new AppError('unauthenticated', 'auth.invalid_token', 'Your session has ended or is unknown; sign in again.')

const expiredSession = () =>
  new AppError('unauthenticated', 'auth.expired_token', 'Your session has expired; sign in again.')
