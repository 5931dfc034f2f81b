import { sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'

export type PersonalTokenRow = {
  id: string
  name: string
  permissions: string[]
  created_at: Date
  expires_at: Date | null
  last_used_at: Date | null
}

const columns = ['id', 'name', 'permissions', 'created_at', 'expires_at', 'last_used_at'] as const

export const personalTokenStore = {
  async insert(
    tx: Tx,
    ownerId: string,
    token: { id: string; hash: Buffer; name: string; permissions: readonly string[]; expiresAt: Date | null },
  ): Promise<PersonalTokenRow> {
    return tx
      .insertInto('personal_token')
      .values({
        ...{ owner_id: ownerId, id: token.id, token_hash: token.hash, name: token.name },
        permissions: [...token.permissions],
        expires_at: token.expiresAt,
      })
      .returning(columns)
      .executeTakeFirstOrThrow()
  },

  /** Newest first, after the token `beforeId`. */
  list: (db: Queryable, ownerId: string, limit: number, beforeId: string | undefined): Promise<PersonalTokenRow[]> =>
    db
      .selectFrom('personal_token')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .$if(beforeId !== undefined, (query) => query.where('id', '<', beforeId ?? ''))
      .orderBy('id', 'desc')
      .limit(limit)
      .execute(),

  async count(db: Queryable, ownerId: string): Promise<number> {
    const { count } = await db
      .selectFrom('personal_token')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('owner_id', '=', ownerId)
      .executeTakeFirstOrThrow()
    return count
  },

  remove: (tx: Tx, ownerId: string, id: string): Promise<{ name: string } | undefined> =>
    tx
      .deleteFrom('personal_token')
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .returning('name')
      .executeTakeFirst(),

  /** The token of this hash with what its owner may do by the newest groups that were seen. */
  findByHash: (db: Database, ownerId: string, hash: Buffer) =>
    db
      .selectFrom('personal_token')
      .innerJoin('principal', 'principal.id', 'personal_token.owner_id')
      .select([
        'personal_token.id',
        'personal_token.permissions',
        'personal_token.expires_at',
        'principal.groups',
        'principal.email',
        sql<string | null>`coalesce(principal.chosen_name, principal.display_name)`.as('display_name'),
        sql<boolean>`coalesce(personal_token.last_used_at < now() - interval '1 minute', true)`.as('is_use_unrecorded'),
      ])
      .where('personal_token.owner_id', '=', ownerId)
      .where('personal_token.token_hash', '=', hash)
      .where('principal.suspended_at', 'is', null)
      .executeTakeFirst(),

  /** Writes at most once a minute, however many nodes see the token used. */
  async recordUse(db: Database, ownerId: string, id: string): Promise<void> {
    await db
      .updateTable('personal_token')
      .set({ last_used_at: sql`now()` })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .where(sql<boolean>`coalesce(last_used_at < now() - interval '1 minute', true)`)
      .execute()
  },
}
