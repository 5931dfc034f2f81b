import { sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'

export type DevicePasswordRow = {
  id: string
  name: string
  modules: string[]
  created_at: Date
  last_used_at: Date | null
  last_user_agent: string | null
}

const columns = ['id', 'name', 'modules', 'created_at', 'last_used_at', 'last_user_agent'] as const

export const devicePasswordStore = {
  insert: (
    tx: Tx,
    ownerId: string,
    device: { id: string; hash: Buffer; name: string; modules: readonly string[] },
  ): Promise<DevicePasswordRow> =>
    tx
      .insertInto('device_password')
      .values({
        ...{ owner_id: ownerId, id: device.id, password_hash: device.hash, name: device.name },
        modules: [...device.modules],
      })
      .returning(columns)
      .executeTakeFirstOrThrow(),

  /** Newest first, after the one of `beforeId`. */
  list: (db: Queryable, ownerId: string, limit: number, beforeId: string | undefined): Promise<DevicePasswordRow[]> =>
    db
      .selectFrom('device_password')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .$if(beforeId !== undefined, (query) => query.where('id', '<', beforeId ?? ''))
      .orderBy('id', 'desc')
      .limit(limit)
      .execute(),

  async count(db: Queryable, ownerId: string): Promise<number> {
    const { count } = await db
      .selectFrom('device_password')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('owner_id', '=', ownerId)
      .executeTakeFirstOrThrow()
    return count
  },

  remove: (tx: Tx, ownerId: string, id: string): Promise<{ name: string } | undefined> =>
    tx
      .deleteFrom('device_password')
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .returning('name')
      .executeTakeFirst(),

  /** Who goes by that address or name at sign-in; of several issuers it may be several people. */
  async ownersCalled(db: Database, user: string): Promise<string[]> {
    const rows = await db
      .selectFrom('principal')
      .select('id')
      .where((where) =>
        where.or([
          where(sql`lower(email)`, '=', user.toLowerCase()),
          where(sql`lower(username)`, '=', user.toLowerCase()),
        ]),
      )
      .limit(10)
      .execute()
    return rows.map(({ id }) => id)
  },

  /** The password of this hash with what its owner may do by the newest groups that were seen. */
  findByHash: (db: Database, ownerId: string, hash: Buffer) =>
    db
      .selectFrom('device_password as device')
      .innerJoin('principal', 'principal.id', 'device.owner_id')
      .select([
        'device.id',
        'device.modules',
        'principal.groups',
        'principal.email',
        sql<string | null>`coalesce(principal.chosen_name, principal.display_name)`.as('display_name'),
        sql<boolean>`coalesce(device.last_used_at < now() - interval '1 minute', true)`.as('is_use_unrecorded'),
      ])
      .where('device.owner_id', '=', ownerId)
      .where('device.password_hash', '=', hash)
      .where('principal.suspended_at', 'is', null)
      .executeTakeFirst(),

  /** Writes at most once a minute, however many nodes see it used. */
  async recordUse(db: Database, ownerId: string, id: string, userAgent: string): Promise<void> {
    await db
      .updateTable('device_password')
      .set({ last_used_at: sql`now()`, last_user_agent: userAgent })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .where(sql<boolean>`coalesce(last_used_at < now() - interval '1 minute', true)`)
      .execute()
  },
}
