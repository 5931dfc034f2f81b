import { sql } from 'kysely'
import type { RequestOrigin } from '#platform/audit/audit.ts'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'
import type { SealedColumn } from '#platform/secrets/sealed-columns.ts'

/** What a sealed refresh token is bound to. */
export const refreshTokenBinding = (sessionId: string): string => `session:${sessionId}`

export const sealedSessionColumns: readonly SealedColumn[] = [
  { table: 'session', column: 'refresh_token', bindingOf: refreshTokenBinding },
]

export type NewSession = {
  id: string
  secretHash: Buffer
  issuerSession: string | null
  refreshToken: string | null
  refreshAt: Date | null
  expiresAt: Date
  origin: RequestOrigin
}

export type SessionListing = {
  id: string
  user_agent: string
  address: string | null
  created_at: Date
  seen_at: Date
  expires_at: Date
}

export const sessionStore = {
  async insert(tx: Tx, ownerId: string, session: NewSession): Promise<void> {
    await tx
      .insertInto('session')
      .values({
        ...{ owner_id: ownerId, id: session.id, secret_hash: session.secretHash },
        ...{ issuer_session: session.issuerSession, refresh_token: session.refreshToken },
        ...{ refresh_at: session.refreshAt, expires_at: session.expiresAt },
        ...{ user_agent: session.origin.userAgent, address: session.origin.address },
      })
      .execute()
  },

  find: (db: Database, ownerId: string, id: string) =>
    db
      .selectFrom('session')
      .innerJoin('principal', 'principal.id', 'session.owner_id')
      .select([
        ...(['secret_hash', 'refresh_at', 'seen_at', 'expires_at', 'principal.groups', 'principal.email'] as const),
        sql<string | null>`coalesce(principal.chosen_name, principal.display_name)`.as('display_name'),
      ])
      .where('session.owner_id', '=', ownerId)
      .where('session.id', '=', id)
      .where('principal.suspended_at', 'is', null)
      .executeTakeFirst(),

  /** Those still in force, newest first, after the session `beforeId`. */
  list: (
    db: Queryable,
    ownerId: string,
    idleMs: number,
    { limit, beforeId }: { limit: number; beforeId: string | undefined },
  ): Promise<SessionListing[]> =>
    db
      .selectFrom('session')
      .select(['id', 'user_agent', 'address', 'created_at', 'seen_at', 'expires_at'])
      .where('owner_id', '=', ownerId)
      .where('expires_at', '>', sql<Date>`now()`)
      .where('seen_at', '>', new Date(Date.now() - idleMs))
      .$if(beforeId !== undefined, (query) => query.where('id', '<', beforeId ?? ''))
      .orderBy('id', 'desc')
      .limit(limit)
      .execute(),

  /** False when it was recorded since, or the session is gone. */
  async recordUse(db: Database, ownerId: string, id: string, olderThan: Date): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('session')
      .set({ seen_at: sql`now()` })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .where('seen_at', '<', olderThan)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  },

  /** The refresh token, for whoever gets the claim: one caller at a time, and only when it is due. */
  claimRefresh: (db: Database, ownerId: string, id: string): Promise<{ refresh_token: string | null } | undefined> =>
    db
      .updateTable('session')
      .set({ refresh_claimed_until: sql`now() + interval '30 seconds'` })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .where('refresh_at', '<=', sql<Date>`now()`)
      .where(sql<boolean>`coalesce(refresh_claimed_until < now(), true)`)
      .returning('refresh_token')
      .executeTakeFirst(),

  /** Gives the claim back. A refresh token of undefined leaves the one that is there. */
  async settleRefresh(
    db: Database,
    ownerId: string,
    id: string,
    next: { refreshToken?: string; refreshAt: Date },
  ): Promise<void> {
    await db
      .updateTable('session')
      .set({
        ...(next.refreshToken !== undefined && { refresh_token: next.refreshToken }),
        refresh_at: next.refreshAt,
        refresh_claimed_until: null,
      })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .execute()
  },

  remove: (tx: Tx, ownerId: string, id: string): Promise<{ id: string; refresh_token: string | null } | undefined> =>
    tx
      .deleteFrom('session')
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .returning(['id', 'refresh_token'])
      .executeTakeFirst(),

  /** Undefined as well when the secret is another. */
  removeBySecret: (tx: Tx, ownerId: string, id: string, secretHash: Buffer): Promise<{ id: string } | undefined> =>
    tx
      .deleteFrom('session')
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .where('secret_hash', '=', secretHash)
      .returning('id')
      .executeTakeFirst(),

  /** All of an owner, or all but one. */
  removeAll: (tx: Tx, ownerId: string, exceptId?: string): Promise<{ id: string }[]> =>
    tx
      .deleteFrom('session')
      .where('owner_id', '=', ownerId)
      .$if(exceptId !== undefined, (query) => query.where('id', '<>', exceptId ?? ''))
      .returning('id')
      .execute(),

  /** The sessions that stand on one session of the issuer; of any owner when it names none. */
  removeOfIssuerSession: (
    tx: Tx,
    issuerSession: string,
    ownerId: string | undefined,
  ): Promise<{ owner_id: string; id: string }[]> =>
    tx
      .deleteFrom('session')
      .where('issuer_session', '=', issuerSession)
      .$if(ownerId !== undefined, (query) => query.where('owner_id', '=', ownerId ?? ''))
      .returning(['owner_id', 'id'])
      .execute(),

  async removeExpired(db: Database, idleMs: number): Promise<void> {
    await db
      .deleteFrom('session')
      .where((either) =>
        either.or([either('expires_at', '<', sql<Date>`now()`), either('seen_at', '<', new Date(Date.now() - idleMs))]),
      )
      .execute()
  },
}
