import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Endings } from '#platform/auth/endings.ts'
import { holds } from '#platform/auth/permissions.ts'
import { createPersonalToken, hashOfToken } from '#platform/auth/personal-token.ts'
import { type PersonalTokenRow, personalTokenStore as store } from '#platform/auth/personal-token-store.ts'
import { type Database, onCommit, type Transact, type Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import { once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'

const maxTokens = 100

export type NewToken = { name: string; permissions: string[]; expires_at?: string | null }

export type Tokens = ReturnType<typeof createTokens>

/** The personal access tokens of a person. */
export function createTokens(deps: {
  database: Database
  transact: Transact
  keyRing: KeyRing
  endings: Endings
  /** How long a token may live; undefined for no limit. */
  tokenDays: (personId: string) => Promise<number | undefined>
}) {
  const { database, transact, keyRing, endings } = deps

  async function insert(tx: Tx, actor: Actor, wanted: NewToken, origin: RequestOrigin) {
    if ((await store.count(tx, actor.personId)) >= maxTokens) throw tooMany()
    const [id, token] = [newId(), createPersonalToken(actor.personId)]
    const permissions = [...new Set(wanted.permissions)].sort()
    const expiresAt = wanted.expires_at ? new Date(wanted.expires_at) : null
    const { name } = wanted
    const row = await store.insert(tx, actor.personId, { id, hash: hashOfToken(token), name, permissions, expiresAt })
    await audit.record(tx, {
      ...{ ownerId: actor.personId, actorId: actor.personId, action: 'account.token_created', target: id },
      ...{ outcome: 'success', origin, details: { name, permissions, expires_at: expiresAt?.toISOString() ?? null } },
    })
    return { ...presented(row), token: keyRing.encrypt(token, id) }
  }

  return {
    async list(ownerId: string, { limit, cursor }: { limit: number; cursor: string | undefined }) {
      const [before] = cursor === undefined ? [undefined] : decodeCursor(cursor, ['uuid'])
      const rows = await store.list(database, ownerId, limit + 1, before)
      return pageOfRows(rows, limit, presented)
    },

    /**
     * Answers the token itself, this once; with the same idempotency key again, from the sealed answer.
     * @throws AppError `auth.forbidden` to a personal token, `account.permission_not_owned`, `account.too_many_tokens`
     */
    async create(actor: Actor, wanted: NewToken, idempotencyKey: string | undefined, origin: RequestOrigin) {
      if (actor.credential === 'personal_token') throw noOffspring()
      requireOwned(wanted.permissions, actor)
      if (wanted.expires_at && new Date(wanted.expires_at) <= new Date()) throw pastExpiry()
      const days = await deps.tokenDays(actor.personId)
      if (days !== undefined && !endsWithin(wanted.expires_at, days)) throw tooLong(days)
      const request = { ownerId: actor.personId, scope: 'account.tokens', key: idempotencyKey, body: wanted }
      const { body } = await transact((tx) =>
        once(tx, request, async () => ({ status: 201, body: await insert(tx, actor, wanted, origin) })),
      )
      return { ...body, token: keyRing.decrypt(body.token, body.id) }
    },

    /** @throws AppError `not_found` */
    revoke(actor: Actor, id: string, origin: RequestOrigin): Promise<void> {
      return transact(async (tx) => {
        const removed = await store.remove(tx, actor.personId, id)
        if (!removed) throw notFound('token')
        await audit.record(tx, {
          ...{ ownerId: actor.personId, actorId: actor.personId, action: 'account.token_revoked', target: id },
          ...{ outcome: 'success', origin, details: { name: removed.name } },
        })
        onCommit(tx, () => endings.announce({ ownerId: actor.personId, credentialId: id }))
      })
    },
  }
}

function requireOwned(permissions: readonly string[], actor: Actor): void {
  const missing = permissions.filter((permission) => !holds(actor.permissions, permission))
  if (missing.length === 0) return
  throw new AppError(
    'unprocessable',
    'account.permission_not_owned',
    `You do not have ${missing.join(', ')} yourself; choose among the permissions of GET /api/v1/account.`,
  )
}

const presented = ({ id, name, permissions, created_at, expires_at, last_used_at }: PersonalTokenRow) => ({
  ...{ id, name, permissions },
  created_at: created_at.toISOString(),
  expires_at: expires_at?.toISOString() ?? null,
  last_used_at: last_used_at?.toISOString() ?? null,
})

const endsWithin = (expiresAt: string | null | undefined, days: number): boolean =>
  typeof expiresAt === 'string' && new Date(expiresAt).getTime() <= Date.now() + days * 86_400_000

const tooLong = (days: number) =>
  new AppError(
    'unprocessable',
    'account.token_too_long',
    `A personal token may live ${days} days here at most; give it an expires_at within that time.`,
  )

const noOffspring = () =>
  new AppError('forbidden', 'auth.forbidden', 'A personal token cannot make another; sign in to make one.')

const tooMany = () =>
  new AppError('conflict', 'account.too_many_tokens', `You have ${maxTokens} tokens; revoke some first.`)

const pastExpiry = () =>
  new AppError('invalid', 'invalid_request_body', 'The request is not valid: body.expires_at lies in the past.', {
    details: [{ path: 'body.expires_at', message: 'must lie in the future' }],
  })
