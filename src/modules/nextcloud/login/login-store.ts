import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'

export const loginStore = {
  /** Takes the place of one that was begun before. */
  async replace(db: Database, ownerId: string, login: { pollToken: string; lifetimeSeconds: number }): Promise<Date> {
    const row = {
      poll_token: login.pollToken,
      expires_at: sql<Date>`now() + ${login.lifetimeSeconds} * interval '1 second'`,
    }
    const { expires_at } = await db
      .insertInto('nextcloud_login')
      .values({ owner_id: ownerId, ...row })
      .onConflict((conflict) => conflict.column('owner_id').doUpdateSet(row))
      .returning('expires_at')
      .executeTakeFirstOrThrow()
    return expires_at
  },

  find: (db: Database, ownerId: string): Promise<{ pollToken: string } | undefined> =>
    db
      .selectFrom('nextcloud_login')
      .select('poll_token as pollToken')
      .where('owner_id', '=', ownerId)
      .where('expires_at', '>', sql<Date>`now()`)
      .executeTakeFirst(),

  async remove(db: Database, ownerId: string): Promise<void> {
    await db.deleteFrom('nextcloud_login').where('owner_id', '=', ownerId).execute()
  },

  async removeExpired(db: Database): Promise<void> {
    await db.deleteFrom('nextcloud_login').where('expires_at', '<', sql<Date>`now()`).execute()
  },
}

/** Where what the key ring sealed is kept. */
export const sealedPollTokens = {
  table: 'nextcloud_login',
  column: 'poll_token',
  idColumn: 'owner_id',
  bindingOf: (ownerId: string) => `${ownerId}:nextcloud-login`,
}
