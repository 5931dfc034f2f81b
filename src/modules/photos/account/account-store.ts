import { sql } from 'kysely'
import type { Database, Queryable } from '#platform/database/database.ts'

export type PhotosAccountRow = {
  origin: string | null
  email: string | null
  immichUserId: string | null
  password: string | null
  apiKey: string | null
  /** As the person is known here. */
  personEmail: string | null
  personName: string | null
}

export const accountStore = {
  /** The person with their account; its members are null while there is none. */
  find: (db: Database, ownerId: string): Promise<PhotosAccountRow | undefined> =>
    db
      .selectFrom('principal')
      .leftJoin('photos_account as account', 'account.owner_id', 'principal.id')
      .select([
        'account.origin',
        'account.email',
        'account.immich_user_id as immichUserId',
        'account.password',
        'account.api_key as apiKey',
        'principal.email as personEmail',
        sql<string | null>`coalesce(principal.chosen_name, principal.display_name, principal.username)`.as(
          'personName',
        ),
      ])
      .where('principal.id', '=', ownerId)
      .executeTakeFirst(),

  /** Notes an account that is about to be made, unless there is one. */
  async begin(db: Queryable, ownerId: string, account: { email: string; password: string }): Promise<void> {
    await db
      .insertInto('photos_account')
      .values({ owner_id: ownerId, origin: 'created', ...account })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  },

  /** Notes the password of a renewal, unless another is under way. */
  async beginRenewal(db: Queryable, ownerId: string, password: string): Promise<void> {
    await db
      .updateTable('photos_account')
      .set({ password, api_key: null })
      .where('owner_id', '=', ownerId)
      .where('password', 'is', null)
      .execute()
  },

  /** @returns whether this key is now the one; another may have been faster. */
  async complete(db: Queryable, ownerId: string, made: { immichUserId: string; apiKey: string }): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('photos_account')
      .set({ immich_user_id: made.immichUserId, api_key: made.apiKey, password: null })
      .where('owner_id', '=', ownerId)
      .where('api_key', 'is', null)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  },

  /** @returns whether it is linked: somebody else may have the account at Immich already; the index decides. */
  async link(
    db: Queryable,
    ownerId: string,
    account: { email: string; immichUserId: string; apiKey: string },
  ): Promise<boolean> {
    const { email, immichUserId: immich_user_id, apiKey: api_key } = account
    const row = { origin: 'linked', email, immich_user_id, api_key, password: null }
    const inserted = await db
      .insertInto('photos_account')
      .values({ owner_id: ownerId, ...row })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if (inserted.numInsertedOrUpdatedRows) return true
    const { numUpdatedRows } = await db
      .updateTable('photos_account')
      .set(row)
      .where('owner_id', '=', ownerId)
      .where(({ not, exists, selectFrom }) => {
        const others = selectFrom('photos_account as other').select('other.owner_id')
        return not(
          exists(others.where('other.immich_user_id', '=', immich_user_id).where('other.owner_id', '<>', ownerId)),
        )
      })
      .executeTakeFirst()
    return numUpdatedRows > 0n
  },

  /** @returns whether a linked account was forgotten. */
  async unlink(db: Queryable, ownerId: string): Promise<boolean> {
    const { numDeletedRows } = await db
      .deleteFrom('photos_account')
      .where('owner_id', '=', ownerId)
      .where('origin', '=', 'linked')
      .executeTakeFirst()
    return numDeletedRows > 0n
  },

  /** One that is no more at Immich. */
  async remove(db: Queryable, ownerId: string): Promise<void> {
    await db.deleteFrom('photos_account').where('owner_id', '=', ownerId).execute()
  },

  /** An account that Immich was never seen to make. */
  async abandon(db: Queryable, ownerId: string): Promise<void> {
    await db
      .deleteFrom('photos_account')
      .where('owner_id', '=', ownerId)
      .where('immich_user_id', 'is', null)
      .where('api_key', 'is', null)
      .execute()
  },
}

const sealed = (column: string, use: string) => ({
  table: 'photos_account',
  column,
  idColumn: 'owner_id',
  bindingOf: (ownerId: string) => `${ownerId}:photos-${use}`,
})
/** Where what the key ring sealed is kept. */
export const sealedKeys = sealed('api_key', 'key')
export const sealedPasswords = sealed('password', 'password')
